/** Ports for programs that must be told one before they listen. */
import { once } from "node:events"
import { createServer } from "node:net"

/** Linux gives those from 32,768 on to connections, and to who listens at any. */
const FIRST = 10_000
const COUNT = 22_000

/** One that nobody is given by chance until the program is up: on a slow machine that takes seconds. */
export async function findPort(): Promise<number> {
  const port = FIRST + Math.floor(Math.random() * COUNT)
  const server = createServer()
  const isFree = once(server.listen(port, "0.0.0.0"), "listening").then(
    () => true,
    () => false,
  )
  if (!(await isFree)) return findPort()
  server.close()
  await once(server, "close")
  return port
}
