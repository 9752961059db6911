/** The local chain, started as a user would start it: by its sandbox binary. */
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { writeGenesis } from "./genesis.ts"
import { type OnLog, type OnSecret, startService } from "./service.ts"

const BINARY = fileURLToPath(import.meta.resolve("@outlayer/localnet/near-sandbox"))

export interface LocalnetOptions {
  blockMs?: number
  instant?: boolean
  yieldTimeoutBlocks?: number
  onLog: OnLog
  onSecret: OnSecret
}

export type Chain = Awaited<ReturnType<typeof startLocalnet>>

/** Its state is in `home`. It begins with accounts that are ours. */
export async function startLocalnet(home: string, options: LocalnetOptions) {
  await promisify(execFile)(BINARY, ["--home", home, "init"])
  const first = await writeGenesis(home)
  const { blockMs, instant = blockMs === undefined, yieldTimeoutBlocks = 20_000 } = options
  const { onLog, onSecret } = options
  const pace = [
    ...(instant ? ["--instant"] : []),
    ...(blockMs === undefined ? [] : ["--block-ms", String(blockMs)]),
  ]
  const timeout = ["--yield-timeout-blocks", String(yieldTimeoutBlocks)]
  const run = ["--home", home, "run", "--rpc-addr", "127.0.0.1:0", ...pace, ...timeout]
  const server = await startService({
    command: [BINARY, ...run],
    env: {},
    ready: "listening",
    onLog,
    onSecret,
  })
  return { ...server, first }
}
