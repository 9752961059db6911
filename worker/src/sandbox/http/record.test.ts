import { expect, test } from "vitest"
import { request } from "./client.fixture.ts"
import type { HttpClient, HttpPiece, HttpResponse } from "./exchange.ts"
import { canonicalExchange, type RecordedExchange, recordHttp, replayHttp } from "./record.ts"

const { signal } = new AbortController()
const END: HttpPiece = { kind: "end", trailers: [["x-end", "1"]] }
const BROKEN: HttpPiece = { kind: "failure", code: "HTTP-response-incomplete" }

test("what was asked and answered is kept, and answers again without a network", async () => {
  const long = Buffer.alloc(100_000, "abc")
  const { client, exchanges } = recordHttp(
    answering([respond(long, END), { kind: "failure", code: "DNS-error" }, respond(long, BROKEN)]),
  )
  const session = async (http: HttpClient) => [
    await readSome(http, "/a", 10),
    await readSome(http, "/b", 10),
    await readSome(http, "/c", 10),
  ]

  const first = await session(client)
  const again = await session(replayHttp(structured(exchanges)))

  expect(again).toEqual(first)
  expect(first[0]).toMatchObject(["head", 32_768, 32_768, 32_768, 1696, END])
  expect(first[1]).toEqual(["DNS-error"])
  expect(first[2]?.at(-1)).toEqual(BROKEN)
})

test("a body is kept as far as it was read", async () => {
  const { client, exchanges } = recordHttp(answering([respond(Buffer.alloc(100_000), END)]))

  await readSome(client, "/", 1)

  expect(exchanges).toMatchObject([{ answer: { body: { length: 32_768 }, ending: undefined } }])
  const replayed = replayHttp(structured(exchanges))
  await expect(readSome(replayed, "/", 2)).rejects.toThrow("more of a body")
})

test("another request than the recorded one is no replay", async () => {
  const { client, exchanges } = recordHttp(answering([respond(Buffer.alloc(0), END)]))
  await readSome(client, "/", 1)

  const other = replayHttp(exchanges).exchange(request("a.test", { path: "/other" }), signal)
  await expect(other).rejects.toThrow("not in the record")
  const another = replayHttp([]).exchange(request("a.test"), signal)
  await expect(another).rejects.toThrow("not in the record")
})

test("what the run did not wait for is not in the record, nor answered again", async () => {
  const run = new AbortController()
  const { client, exchanges } = recordHttp({
    exchange: (_, { aborted }) => {
      expect(aborted).toBe(false)
      run.abort()
      return Promise.resolve({ kind: "failure", code: "connection-terminated" })
    },
  })
  await client.exchange(request("a.test"), run.signal)

  expect(exchanges).toMatchObject([{ answer: undefined }])
  const again = new AbortController()
  const waiting = replayHttp(exchanges).exchange(request("a.test"), again.signal)
  again.abort()
  expect(await waiting).toEqual({ kind: "failure", code: "connection-terminated" })
})

test("the canonical bytes are these, and change with whatever is exchanged", () => {
  const sent = request("a.test:8443", {
    method: "POST",
    path: "/x?y",
    headers: [["x-a", "1"]],
    body: Buffer.from("body"),
    timeouts: { connectMs: 5 },
  })
  const answer = {
    kind: "response" as const,
    status: 200,
    headers: [["x-b", "2"]] as const,
    body: Buffer.from("answer"),
    ending: END,
  }

  expect(canonicalExchange({ request: sent, answer })).toBe(
    "outlayer-http-exchange-1;4:POST;5:https;11:a.test:8443;4:/x?y;10:3:x-a;1:1;;" +
      "64:230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5;1:5;-;-;-;3:200;" +
      "10:3:x-b;1:2;;64:0db52f4076c082518412afd3dd3576e2cb0c63703fd7fed5e23ade60efef31d9;-;" +
      "12:5:x-end;1:1;;",
  )
  const variants: RecordedExchange[] = [
    { request: sent, answer },
    { request: sent, answer: undefined },
    { request: sent, answer: { kind: "failure", code: "DNS-error" } },
    { request: sent, answer: { ...answer, ending: undefined } },
    { request: sent, answer: { ...answer, ending: BROKEN } },
    { request: sent, answer: { ...answer, body: Buffer.from("other") } },
    { request: sent, answer: { ...answer, headers: [] } },
    { request: { ...sent, headers: [["x-a1", ""]] }, answer },
    { request: { ...sent, timeouts: { firstByteMs: 5 } }, answer },
    { request: { ...sent, body: Buffer.alloc(0) }, answer },
  ]
  expect(new Set(variants.map(canonicalExchange)).size).toBe(variants.length)
})

/** The head, the lengths of at most so many pieces, and the end if it was met. */
async function readSome(client: HttpClient, path: string, pieces: number): Promise<unknown[]> {
  const answer = await client.exchange(request("a.test", { path }), signal)
  if (answer.kind === "failure") return [answer.code]
  const seen: unknown[] = ["head"]
  for (let count = 0; count < pieces; count += 1) {
    const piece = await answer.body.read()
    seen.push(piece.kind === "bytes" ? piece.bytes.length : piece)
    if (piece.kind !== "bytes") return seen
  }
  answer.body.close()
  return seen
}

function answering(answers: Awaited<ReturnType<HttpClient["exchange"]>>[]): HttpClient {
  const rest = answers.values()
  return {
    exchange: () => Promise.resolve(rest.next().value ?? { kind: "failure", code: "DNS-error" }),
  }
}

function respond(body: Uint8Array, ending: HttpPiece): HttpResponse {
  let at = 0
  const read = (): Promise<HttpPiece> => {
    const bytes = body.subarray(at, at + 32_768)
    at += bytes.length
    return Promise.resolve(bytes.length > 0 ? { kind: "bytes", bytes } : ending)
  }
  return { kind: "response", status: 200, headers: [], body: { read, close() {} } }
}

/** As a transcript would carry them: data, and nothing that lives. */
function structured(exchanges: readonly RecordedExchange[]): RecordedExchange[] {
  return structuredClone(
    exchanges.map(({ request: sent, answer }) => ({
      request: sent,
      answer: answer && { ...answer },
    })),
  )
}
