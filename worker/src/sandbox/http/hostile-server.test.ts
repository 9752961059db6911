/** Servers that are slow, endless, or make no sense: each ends as what it is, and in time. */
import { once } from "node:events"
import type { Socket } from "node:net"
import { createServer } from "node:net"
import { HTTP_LIMITS } from "@outlayer/protocol/pure"
import { expect, onTestFinished, test } from "vitest"
import { describeNetwork, outcomeOf, readAll, request } from "./client.fixture.ts"

const { signal } = new AbortController()
const OK = "HTTP/1.1 200 OK\r\n"

describeNetwork(({ network, openClient }) => {
  /** What a server says once it has a request's head, and how the client is to be set. */
  async function meet(
    say: (socket: Socket) => unknown,
    limits: Partial<typeof HTTP_LIMITS> = {},
    timeouts = {},
  ) {
    const gone = Promise.withResolvers<void>()
    const port = await network().serveRaw((socket) => {
      socket.once("data", () => void say(socket))
      socket.once("close", () => gone.resolve())
    })
    const client = await openClient([`*:${port}`], { limits: { ...HTTP_LIMITS, ...limits } })
    const answer = await client.exchange(request(`a.lab.test:${port}`, { timeouts }), signal)
    return { answer, gone: gone.promise }
  }
  const codeOf = ({ answer }: Awaited<ReturnType<typeof meet>>) =>
    outcomeOf(Promise.resolve(answer))

  test("a head that comes letter by letter has the time for the first byte, and no more", async () => {
    const met = await meet((socket) => socket.write(OK) && every(socket, 10, "x-slow: 1\r\n"), {
      firstByteMs: 200,
    })

    expect(await codeOf(met)).toBe("connection-read-timeout")
    await met.gone
  })

  test("a server that says nothing has the guest's own time, where that is less", async () => {
    const met = await meet(() => {}, {}, { firstByteMs: 100 })

    expect(await codeOf(met)).toBe("connection-read-timeout")
    await met.gone
  })

  test("a body that stops is given up between two bytes", async () => {
    const { answer, gone } = await meet(
      (socket) => socket.write(`${OK}content-length: 10\r\n\r\nab`),
      { betweenBytesMs: 100 },
    )

    const { body, ending } = await readAll(answer)

    expect(body.toString()).toBe("ab")
    expect(ending).toEqual({ kind: "failure", code: "connection-read-timeout" })
    await gone
  })

  test("a body that drips has the time of the whole request", async () => {
    const { answer, gone } = await meet(
      (socket) => socket.write(`${OK}\r\n`) && every(socket, 10, "a"),
      // Into which a handshake and one byte must fit.
      { requestMs: 3000 },
    )

    const { body, ending } = await readAll(answer)

    expect(body.toString()).toMatch(/^a+$/)
    expect(ending).toEqual({ kind: "failure", code: "HTTP-response-timeout" })
    await gone
  })

  test("a handshake that never comes has the time for connecting", async () => {
    const gone = Promise.withResolvers<void>()
    const silent = createServer((socket) => {
      socket.resume().once("close", () => gone.resolve())
    }).listen(0, "127.0.0.1")
    onTestFinished(() => void silent.close())
    await once(silent, "listening")
    const address = silent.address()
    const port = typeof address === "object" ? address?.port : 0
    const limits = { ...HTTP_LIMITS, connectMs: 100 }
    const client = await openClient([`*:${port}`], { limits })

    const answer = client.exchange(request(`a.lab.test:${port}`), signal)

    expect(await outcomeOf(answer)).toBe("connection-timeout")
    await gone.promise
  })

  test("name servers that do not answer have the time for connecting", async () => {
    const resolve = () => new Promise<string[]>(() => {})
    const limits = { ...HTTP_LIMITS, connectMs: 100 }
    const client = await openClient(["*"], { limits, resolve })

    const answer = client.exchange(request("a.lab.test"), signal)

    expect(await outcomeOf(answer)).toBe("connection-timeout")
  })

  test("an endless body comes no faster than it is read", async () => {
    let sent = 0
    const { answer, gone } = await meet((socket) => {
      const flood = () => {
        while (!socket.destroyed && socket.write(Buffer.alloc(65_536))) sent += 65_536
      }
      socket.write(`${OK}\r\n`)
      socket.on("drain", flood)
      flood()
    })
    if (answer.kind === "failure") throw new Error(answer.code)

    for (let piece = 0; piece < 4; piece += 1)
      expect(await answer.body.read()).toMatchObject({ bytes: { length: 32_768 } })

    // What the kernel's buffers hold of a connection on one machine, and not the rest of time.
    expect(sent).toBeLessThan(32 * 1024 * 1024)
    answer.body.close()
    await gone
  })

  test.each([
    ["a head without end", `${OK}x: ${"a".repeat(40_000)}`, "HTTP-response-header-section-size"],
    [
      "a thousand headers",
      OK + "x-header: 0123456789\r\n".repeat(2000),
      "HTTP-response-header-section-size",
    ],
    ["no HTTP", "SSH-2.0-OpenSSH_9.9\r\n", "HTTP-protocol-error"],
    ["HTTP of another kind", "HTTP/3.0 200 OK\r\n\r\n", "HTTP-protocol-error"],
    ["two lengths", `${OK}content-length: 1\r\ncontent-length: 2\r\n\r\nab`, "HTTP-protocol-error"],
    [
      "a length and chunks",
      `${OK}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
      "HTTP-response-transfer-coding",
    ],
    ["a name with a space", `${OK}content-length : 1\r\n\r\na`, "HTTP-protocol-error"],
    ["a line that is folded", `${OK}x: a\r\n b\r\n\r\n`, "HTTP-protocol-error"],
    ["a bare line feed", "HTTP/1.1 200 OK\nx: a\n\n", "HTTP-protocol-error"],
    ["a zero byte", `${OK}x: a\0b\r\n\r\n`, "HTTP-protocol-error"],
    [
      "another protocol",
      "HTTP/1.1 101 Go\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
      "HTTP-upgrade-failed",
    ],
    ["nothing at all", "", "connection-terminated"],
    ["half a head", "HTTP/1.1 200", "connection-terminated"],
  ])("%s is no answer", async (_, text, code) => {
    const met = await meet((socket) => socket.end(text))

    expect(await codeOf(met)).toBe(code)
  })

  test.each([
    ["a body that is shorter than it said", "content-length: 5\r\n\r\nab"],
    ["chunks that stop", "transfer-encoding: chunked\r\n\r\n2\r\nab\r\n"],
  ])("%s is given as far as it went", async (_, text) => {
    const { answer } = await meet((socket) => socket.end(OK + text))

    const { body, ending } = await readAll(answer)

    expect(body.toString()).toBe("ab")
    expect(ending).toEqual({ kind: "failure", code: "HTTP-response-incomplete" })
  })

  test.each([
    ["chunks of no size", "2\r\nab\r\nzz\r\n"],
    ["chunks with much to say", `2\r\nab\r\n1;${"a".repeat(20_000)}\r\na\r\n`],
    ["a line end that is none", "2\r\nab\n0\n\n"],
  ])("%s are no body", async (_, text) => {
    const { answer } = await meet((socket) =>
      socket.end(`${OK}transfer-encoding: chunked\r\n\r\n${text}`),
    )

    const { ending } = await readAll(answer)

    expect(ending).toEqual({ kind: "failure", code: "HTTP-protocol-error" })
  })

  test("words before the answer are passed over, and end in time too", async () => {
    const early = "HTTP/1.1 103 Early\r\nlink: x\r\n\r\n"
    const patient = await meet((socket) => socket.end(`${early}${early}${OK}\r\n`))
    const endless = await meet((socket) => every(socket, 5, early), { firstByteMs: 200 })

    expect(await codeOf(patient)).toBe(200)
    expect(await codeOf(endless)).toBe("connection-read-timeout")
  })

  test("a header's bytes come as they are", async () => {
    const text = Buffer.from(`${OK}X-Name: \xe4\xff \xc3\xa4\r\n\r\n`, "latin1")
    const { answer } = await meet((socket) => socket.end(text))

    expect(answer).toMatchObject({ headers: [["x-name", "\xe4\xff \xc3\xa4"]] })
    expect(await codeOf({ answer, gone: Promise.resolve() })).toBe(200)
  })

  test("what follows an answer is nobody's", async () => {
    const { answer } = await meet((socket) =>
      socket.end(`${OK}content-length: 2\r\n\r\nab${OK}content-length: 4\r\n\r\nevil`),
    )

    expect(await readAll(answer)).toMatchObject({
      pieces: [Buffer.from("ab")],
      ending: { kind: "end" },
    })
  })

  test("the end of a run ends its exchanges, in whatever state they are", async () => {
    const run = new AbortController()
    const gone = Promise.withResolvers<void>()
    const port = await network().serveRaw((socket) => {
      socket.once("close", () => gone.resolve())
      run.abort(new Error("over"))
    })
    const client = await openClient([`*:${port}`])

    const answer = client.exchange(request(`a.lab.test:${port}`), run.signal)

    expect(await outcomeOf(answer)).toBe("connection-terminated")
    await gone.promise
  })
})

/** Until the other side has gone. */
function every(socket: Socket, milliseconds: number, text: string): void {
  const timer = setInterval(() => socket.write(text), milliseconds)
  socket.once("close", () => clearInterval(timer))
}
