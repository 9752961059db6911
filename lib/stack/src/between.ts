/** Anybody's program between the coordinator and all who speak to it. */
import { type OnLog, startService } from "./service.ts"

/** From the folder in which we were started; the coordinator's address is its last argument. */
const COMMAND = 'cd "$1" && exec $2 "$3"'

/** The program logs as ours do, and says "listening" with its own address. */
export function startBetween(command: string, coordinatorUrl: string, onLog: OnLog) {
  return startService({
    command: ["sh", "-c", COMMAND, "sh", process.cwd(), command, coordinatorUrl],
    env: {},
    ready: "listening",
    onLog,
    onSecret: () => {},
  })
}
