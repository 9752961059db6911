/** A small internet for tests: an authority of its own, servers with real TLS, a name server. */
import { execFile } from "node:child_process"
import { createSocket } from "node:dgram"
import { once } from "node:events"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { createServer as createHttpServer, type RequestListener } from "node:http"
import { createServer as createHttpsServer } from "node:https"
import type { AddressInfo, Server, Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createServer as createTlsServer } from "node:tls"
import { promisify } from "node:util"

/** What a certificate says: `good` is for *.lab.test and 127.0.0.1, from the authority. */
export type Certificate = "good" | "other" | "expired" | "self-signed"

export interface Network extends AsyncDisposable {
  caFile: string
  /** An HTTPS server at an address of this machine; the port is given back. */
  serve(listener: RequestListener, options?: ServeOptions): Promise<number>
  /** A server that says what it likes, over TLS. */
  serveRaw(onSocket: (socket: Socket) => void, options?: ServeOptions): Promise<number>
  servePlain(listener: RequestListener, options?: ServeOptions): Promise<number>
}

interface ServeOptions {
  address?: string
  port?: number
  certificate?: Certificate
}

/** Needs the program openssl. */
export async function openNetwork(): Promise<Network> {
  const folder = await mkdtemp(join(tmpdir(), "outlayer-network-"))
  const certificates = await makeCertificates(folder)
  const servers: Server[] = []
  const sockets = new Set<Socket>()
  const listen = async (server: Server, { address = "127.0.0.1", port = 0 }: ServeOptions) => {
    servers.push(server)
    server.on("connection", (socket: Socket) => {
      sockets.add(socket.on("error", () => {}).on("close", () => sockets.delete(socket)))
    })
    // A client that does not trust the server.
    server.on("tlsClientError", () => {})
    server.listen(port, address)
    await once(server, "listening")
    return (server.address() as AddressInfo).port
  }
  const secrets = ({ certificate = "good" }: ServeOptions) => certificates[certificate]
  return {
    caFile: join(folder, "ca.pem"),
    serve: (listener, options = {}) =>
      listen(createHttpsServer(secrets(options), listener), options),
    serveRaw: (onSocket, options = {}) =>
      listen(
        createTlsServer(secrets(options), (socket) => {
          onSocket(socket.on("error", () => {}))
          // Who does not read does not see the other side go.
          socket.resume()
        }),
        options,
      ),
    servePlain: (listener, options = {}) => listen(createHttpServer(listener), options),
    async [Symbol.asyncDispose]() {
      for (const server of servers) server.close()
      for (const socket of sockets) socket.destroy()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A name server that gives the n-th question for a name the n-th answer, and the last from then on. */
export async function openNameServer(answers: Record<string, string[][]>) {
  const socket = createSocket("udp4")
  const asked: string[] = []
  socket.on("message", (question, from) => {
    const { name, type, end } = readQuestion(question)
    // AAAA: none.
    const isA = type === 1
    const turns = answers[name]
    if (isA) asked.push(name)
    const turn = asked.filter((one) => one === name).length - 1
    const addresses = isA ? (turns?.[Math.min(turn, turns.length - 1)] ?? []) : []
    const header = Buffer.from(question.subarray(0, 12))
    // An answer; with code 3, no such name, where there is none.
    header.writeUInt16BE(turns ? 0x8180 : 0x8183, 2)
    header.writeUInt16BE(addresses.length, 6)
    header.writeUInt32BE(0, 8)
    const records = addresses.map((address) =>
      // The name of the question, A, IN, a life of no seconds, four bytes.
      Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split(".").map(Number)]),
    )
    socket.send(Buffer.concat([header, question.subarray(12, end), ...records]), from.port)
  })
  socket.bind(0, "127.0.0.1")
  await once(socket, "listening")
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked,
    [Symbol.dispose]: () => void socket.close(),
  }
}

function readQuestion(message: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = []
  let at = 12
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.subarray(at + 1, at + 1 + length).toString())
    at += 1 + length
  }
  return { name: labels.join("."), type: message.readUInt16BE(at + 1), end: at + 5 }
}

async function makeCertificates(folder: string) {
  const openssl = (...args: string[]) => promisify(execFile)("openssl", args, { cwd: folder })
  const key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes".split(" ")
  const asCa = ["-addext", "basicConstraints=critical,CA:TRUE"]
  const caFiles = ["-keyout", "ca.key", "-out", "ca.pem"]
  await openssl("req", "-x509", ...key, "-days", "2", "-subj", "/CN=lab", ...asCa, ...caFiles)
  const make = async (name: Certificate, names: string, signer: string[], days: string[]) => {
    await writeFile(join(folder, `${name}.ext`), `subjectAltName=${names}\n`)
    const request = ["-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`]
    await openssl("req", ...key, ...request)
    const files = ["-in", `${name}.csr`, "-out", `${name}.pem`, "-extfile", `${name}.ext`]
    await openssl("x509", "-req", ...files, ...signer, ...days)
    const read = (file: string) => readFile(join(folder, file))
    return { key: await read(`${name}.key`), cert: await read(`${name}.pem`) }
  }
  const names = "DNS:*.lab.test,IP:127.0.0.1"
  const byCa = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"]
  return {
    good: await make("good", names, byCa, ["-days", "2"]),
    other: await make("other", "DNS:other.test", byCa, ["-days", "2"]),
    expired: await make("expired", names, byCa, ["-days", "-1"]),
    "self-signed": await make(
      "self-signed",
      names,
      ["-signkey", "self-signed.key"],
      ["-days", "2"],
    ),
  }
}
