/** A server on this machine that nobody behind walls may reach. */
import { type AddressInfo, createServer } from "node:net"

export async function countConnections() {
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  const close = async () => {
    server.close()
  }
  return { port, connections: () => connections, [Symbol.asyncDispose]: close }
}
