import { createServer, type ServerResponse } from "node:http"
import { expect, test } from "vitest"
import { openEndpoint } from "./endpoint.ts"

test("a reply is read as far as is wanted, though it has no end", async () => {
  const { promise: gone, resolve } = Promise.withResolvers<void>()
  await using server = await serve((response) => {
    response.on("close", resolve)
    const more = () => {
      while (!response.destroyed && response.write("1,".repeat(10_000)));
    }
    response.on("drain", more).write('{"result":[')
    more()
  })

  const asked = openEndpoint(server.url).ask("query", {}, AbortSignal.timeout(60_000), 100_000)

  await expect(asked).rejects.toMatchObject({ causeName: "REPLY_TOO_LONG" })
  await gone
})

test("a reply of the wanted length is a result, and an error has its name", async () => {
  let reply: object = { result: [1] }
  await using server = await serve((response) => response.end(JSON.stringify(reply)))
  const endpoint = openEndpoint(server.url)
  const ask = () => endpoint.ask("query", {}, AbortSignal.timeout(60_000), 100)

  expect(await ask()).toEqual([1])
  reply = { error: { cause: { name: "UNKNOWN_ACCOUNT" } } }
  await expect(ask()).rejects.toMatchObject({ causeName: "UNKNOWN_ACCOUNT" })
})

async function serve(answer: (response: ServerResponse) => void) {
  const server = createServer((_, response) => answer(response))
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("no port")
  return {
    url: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
