import { mkdtemp, rm } from "node:fs/promises"
import { createServer, type RequestListener } from "node:http"
import { createServer as createSocketServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { createDstackClient } from "./client.ts"

const QUOTE = { quote: "00ff", event_log: "[]", report_data: "", vm_config: "{}" }
const REPORT_DATA = new Uint8Array(64)

let directory: string
let socketPath: string
let close: () => void

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "dstack-client-"))
  socketPath = join(directory, "agent.sock")
  close = () => {}
})

afterEach(async () => {
  close()
  await rm(directory, { recursive: true })
})

describe("the client of the guest agent", () => {
  test("sends REPORTDATA as hex and reads quote and event log", async () => {
    let asked = ""
    const event = { imr: 3, event_type: 1, digest: "", event: "a", event_payload: "00" }
    await serve((request, response) => {
      request.on("data", (chunk: Buffer) => (asked += `${request.url} ${chunk.toString()}`))
      request.on("end", () => {
        response.end(JSON.stringify({ ...QUOTE, event_log: JSON.stringify([event]) }))
      })
    })

    const { quote, eventLog } = await createDstackClient({ socketPath }).getQuote(
      REPORT_DATA.with(0, 0xab),
    )

    expect(asked).toBe(`/GetQuote {"report_data":"ab${"00".repeat(63)}"}`)
    expect(quote).toEqual(Buffer.from([0, 255]))
    expect(eventLog).toEqual([event])
  })

  test("reads a reply in chunks that cut a character in two", async () => {
    const text = Buffer.from(JSON.stringify({ ...QUOTE, note: "größe €" }))
    const cut = text.indexOf(0xe2) + 1
    await serve((_, response) => {
      response.write(text.subarray(0, cut))
      setImmediate(() => response.end(text.subarray(cut)))
    })

    const { quote } = await createDstackClient({ socketPath }).getQuote(REPORT_DATA)

    expect(quote).toEqual(Buffer.from([0, 255]))
  })

  test.each([
    ["an error in the body of a 200", 200, { error: "no TDX here" }, "dstack_refused"],
    ["a status that is not 200", 500, QUOTE, "dstack_refused"],
    ["a field that is missing", 200, { quote: "00" }, "dstack_malformed"],
    ["a quote that is not hex", 200, { ...QUOTE, quote: "0g" }, "dstack_malformed"],
    ["an event log that is not JSON", 200, { ...QUOTE, event_log: "[" }, "dstack_malformed"],
    ["an event log of something else", 200, { ...QUOTE, event_log: "[1]" }, "dstack_malformed"],
  ])("refuses %s", async (_, status, body, code) => {
    await serve((_request, response) => {
      response.writeHead(status)
      response.end(JSON.stringify(body))
    })

    await expect(createDstackClient({ socketPath }).getQuote(REPORT_DATA)).rejects.toMatchObject({
      code,
    })
  })

  test("refuses a key that is not 32 bytes, without quoting it", async () => {
    await serve((_, response) => response.end(JSON.stringify({ key: "c0ffee" })))

    const refused = createDstackClient({ socketPath }).getKey("a path")

    await expect(refused).rejects.toMatchObject({ code: "dstack_malformed" })
    await expect(refused).rejects.not.toThrow("c0ffee")
  })

  test("refuses a reply that is no JSON", async () => {
    await serve((_, response) => response.end("<html>"))

    await expect(createDstackClient({ socketPath }).getInfo()).rejects.toMatchObject({
      code: "dstack_malformed",
    })
  })

  test("stops reading a reply without end", async () => {
    const chunk = Buffer.alloc(64 * 1024, 0x20)
    await serve((_, response) => {
      const write = () => {
        while (!response.destroyed && response.write(chunk));
      }
      response.on("drain", write)
      write()
    })

    await expect(createDstackClient({ socketPath }).getInfo()).rejects.toMatchObject({
      code: "dstack_too_large",
    })
  })

  test("does not wait for an agent that is silent", async () => {
    await serve(() => {})

    await expect(createDstackClient({ socketPath, timeoutMs: 50 }).getInfo()).rejects.toMatchObject(
      { code: "dstack_timeout" },
    )
  })

  test("tells a reply that was cut off from a whole one", async () => {
    const server = createSocketServer((socket) => {
      socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{}"))
    })
    await new Promise<void>((resolve) => server.listen(socketPath, resolve))
    close = () => server.close()

    await expect(createDstackClient({ socketPath }).getInfo()).rejects.toMatchObject({
      code: "dstack_unreachable",
    })
  })

  test("says when there is no agent", async () => {
    await expect(createDstackClient({ socketPath }).getInfo()).rejects.toMatchObject({
      code: "dstack_unreachable",
    })
  })

  test("asks for no quote over less than 64 bytes, which the agent would pad", async () => {
    await expect(createDstackClient({ socketPath }).getQuote(new Uint8Array(32))).rejects.toThrow(
      TypeError,
    )
  })
})

async function serve(listener: RequestListener): Promise<void> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))
  close = () => {
    server.closeAllConnections()
    server.close()
  }
}
