import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { expect, test } from "vitest"
import { openBlockSource } from "./blocks.ts"

const signal = new AbortController().signal

test("of a block only the account's own receipts that succeeded are read", async () => {
  await using server = await serve({
    block: { header: { height: 7, hash: "h", timestamp_nanosec: "5" } },
    shards: [
      { receipt_execution_outcomes: [receipt("outlayer.near"), receipt("other.near")] },
      { receipt_execution_outcomes: [receipt("outlayer.near", { Failure: {} })] },
      {},
    ],
  })

  const block = await openBlockSource(server.url, "outlayer.near").read(7, signal)

  expect(block).toMatchObject({ height: 7, timestampNs: 5n })
  expect(block?.receipts).toHaveLength(1)
  expect(block?.receipts[0]).toMatchObject({ executorId: "outlayer.near", signerId: "alice.near" })
})

test("a receipt of another account may have a shape that nobody knows yet", async () => {
  const strange = {
    execution_outcome: { outcome: { executor_id: "other.near", status: 5 } },
    receipt: { receipt: { Novel: true } },
  }
  await using server = await serve({
    block: { header: { height: 8, hash: "h", timestamp_nanosec: "5" } },
    shards: [{ receipt_execution_outcomes: [strange, receipt("outlayer.near")] }],
  })

  const block = await openBlockSource(server.url, "outlayer.near").read(8, signal)

  expect(block?.receipts).toHaveLength(1)
})

test("a skipped height is null, and an API key goes along", async () => {
  await using server = await serve(null)
  const source = openBlockSource(`${server.url}/?apiKey=secret`, "outlayer.near")
  expect(await source.read(9, signal)).toBeNull()
  expect(server.asked).toEqual(["/v0/block/9?apiKey=secret"])
})

test("what cannot be read is an error that names no key", async () => {
  await using server = await serve({ block: {} })
  const reading = openBlockSource(`${server.url}/?apiKey=secret`, "outlayer.near").read(9, signal)
  await expect(reading).rejects.toMatchObject({ code: "chain_unavailable" })
  await expect(reading).rejects.not.toThrow("secret")
})

function receipt(executor_id: string, status: object = { SuccessValue: "" }) {
  return {
    tx_hash: "t",
    execution_outcome: { id: "r", outcome: { executor_id, gas_burnt: 5, logs: ["l"], status } },
    receipt: {
      predecessor_id: "alice.near",
      receipt: { Action: { signer_id: "alice.near", signer_public_key: "ed25519:k" } },
    },
  }
}

async function serve(body: unknown) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? "")
    response.end(JSON.stringify(body))
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    asked,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, "close")
    },
  }
}
