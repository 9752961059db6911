import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { expect, test } from "vitest"
import { openChain } from "./chain.ts"

const HASH = "11111111111111111111111111111111"

test("a view's bytes are its JSON, and none at all are null", async () => {
  await using node = await serve(viewed('{"is_live":true}'))
  expect(await openChain(node.url).view("register.near", "get_worker", {})).toEqual({
    is_live: true,
  })

  await using silent = await serve(viewed(""))
  expect(await openChain(silent.url).view("register.near", "get_worker", {})).toBeNull()
})

test("an answer that cannot be read is none: callers may ask again, or another endpoint", async () => {
  await using node = await serve(viewed("<html>"))
  const chain = openChain(`${node.url}/?apiKey=secret`)
  const questions = [
    chain.view("register.near", "get_worker", {}),
    chain.finalBlock(),
    chain.block(7),
    chain.transaction(HASH, "alice.near"),
    chain.signedTransaction(HASH, "alice.near"),
    chain.yieldTimeoutBlocks(),
  ]

  for (const answered of await Promise.allSettled(questions)) {
    expect(answered).toMatchObject({ status: "rejected", reason: { code: "chain_unavailable" } })
    expect(String("reason" in answered && answered.reason)).not.toContain("secret")
  }
})

function viewed(text: string) {
  return { result: [...Buffer.from(text)], logs: [], block_height: 7, block_hash: HASH }
}

/** A node that says the same to whatever it is asked. */
async function serve(result: unknown) {
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "application/json")
    response.end(JSON.stringify({ jsonrpc: "2.0", id: "1", result }))
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, "close")
    },
  }
}
