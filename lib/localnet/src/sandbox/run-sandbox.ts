import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import type { FastifyBaseLogger } from "fastify"
import { ChainStore } from "../chain/chain-store.ts"
import { type RunningNode, startNode } from "../node/start-node.ts"
import type { RunCommand } from "./command-line.ts"
import { readHome, storeFile } from "./home.ts"

/** The chain of a home folder: goes on where its data ends. */
export async function runSandbox(
  { home, host, port, blockMs, instant, yieldTimeoutBlocks }: RunCommand,
  log: FastifyBaseLogger,
  onFault: (error: unknown) => void,
): Promise<RunningNode> {
  const files = await readHome(home)
  await mkdir(join(home, "data"), { recursive: true })
  const store = new ChainStore(storeFile(home))
  const production = { blockMs, instant, yieldTimeoutBlocks }
  return startNode({ ...files, ...production, store, host, port, log, onFault })
}
