/**
 * The only way out for cargo while it fetches: a proxy that knows the hosts it may ask. A manifest
 * can name registries in more places than we could read it for.
 */
import { once } from "node:events"
import { createServer, request } from "node:http"
import { type AddressInfo, connect } from "node:net"
import type { Duplex } from "node:stream"

export interface FetchGate extends AsyncDisposable {
  /** For `HTTPS_PROXY`. */
  readonly url: string
}

/** `upstream`: the operator's own proxy, where this machine has no other way out. */
export async function openFetchGate(
  hosts: ReadonlySet<string>,
  upstream: string | undefined,
): Promise<FetchGate> {
  const sockets = new Set<Duplex>()
  const server = createServer((_, response) => {
    response.writeHead(403).end()
  })
  server.on("connect", (asked, client, head) => {
    const [host = "", port] = (asked.url ?? "").split(":")
    if (!hosts.has(host) || port !== "443") {
      client.end("HTTP/1.1 403 Forbidden\r\n\r\n")
      return
    }
    const fail = () => client.destroy()
    const join = (remote: Duplex) => {
      for (const socket of [client, remote]) {
        sockets.add(socket)
        socket.on("error", () => socket.destroy())
        socket.on("close", () => {
          client.destroy()
          remote.destroy()
          sockets.delete(socket)
        })
      }
      client.write("HTTP/1.1 200 OK\r\n\r\n")
      remote.write(head)
      client.pipe(remote).pipe(client)
    }
    client.on("error", fail)
    if (upstream === undefined) {
      const remote = connect(443, host, () => join(remote))
      remote.once("error", fail)
    } else {
      connectThrough(new URL(upstream), `${host}:443`, join, fail)
    }
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.closeAllConnections()
      server.close()
      await once(server, "close")
    },
  }
}

/** RFC 9110, 9.3.6. */
function connectThrough(
  proxy: URL,
  authority: string,
  join: (remote: Duplex) => void,
  fail: () => void,
): void {
  const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`
  const authorization = `Basic ${Buffer.from(credentials).toString("base64")}`
  const asking = request({
    host: proxy.hostname,
    port: proxy.port || 80,
    method: "CONNECT",
    path: authority,
    headers: { host: authority, ...(proxy.username && { "proxy-authorization": authorization }) },
  })
  asking.on("connect", (answer, remote) => {
    if (answer.statusCode === 200) join(remote)
    else fail()
  })
  asking.on("response", fail)
  asking.on("error", fail)
  asking.end()
}
