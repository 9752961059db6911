/** A throwaway Redis on a Unix socket; no npm package ships one, so it is the machine's own. */
import { randomBytes } from "node:crypto"
import { findProgram } from "./machine.ts"
import { restartable } from "./restartable.ts"
import { type RestartableServer, startServer, tether } from "./server.ts"

export function hasRedis(): boolean {
  return findProgram("redis-server") !== undefined
}

/** Starts a server that keeps nothing: after a restart it is empty. `onLine` sees its lines. */
export async function startRedis(
  onLine: (line: string) => void = () => {},
): Promise<RestartableServer> {
  const program = findProgram("redis-server")
  if (!program) throw new Error("No redis-server on PATH. Install it, or leave Redis out")

  // Not os.tmpdir(): that may be too long for a socket's 107 bytes.
  const dir = `/tmp/outlayer-redis-${randomBytes(6).toString("hex")}`
  const socket = `${dir}/redis.sock`
  const settings = ["--port", "0", "--unixsocket", socket, "--dir", dir, "--save", ""]
  const life = restartable({ before: 'mkdir -m 700 "$DIR"', folder: "$DIR", crash: "KILL" })
  return startServer(
    [...tether("TERM"), "sh", "-c", life, "sh", ...tether("TERM"), program, ...settings],
    { PATH: "/usr/bin:/bin", DIR: dir },
    (line) => {
      onLine(line)
      return /ready to accept connections/i.test(line) ? `unix://${socket}` : undefined
    },
  )
}
