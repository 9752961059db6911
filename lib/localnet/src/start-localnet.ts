import { pino } from "pino"
import { newGenesis } from "./chain/genesis.ts"
import { newKeyPair } from "./node/key-pair.ts"
import { type RunningNode, startNode } from "./node/start-node.ts"

export interface LocalnetOptions {
  /** 600. */
  blockMs?: number
  /** True: a block at once when there is work, final at once. */
  instant?: boolean
  /** 200, as NEAR. */
  yieldTimeoutBlocks?: number
}

export interface Localnet extends RunningNode {
  rootAccountId: string
  /** `ed25519:...` */
  rootSecretKey: string
}

/** A chain of its own in this process, in memory, at a free port of 127.0.0.1. The process needs the stack of README.md. */
export async function startLocalnet(options: LocalnetOptions = {}): Promise<Localnet> {
  const { blockMs = 600, instant = true, yieldTimeoutBlocks = 200 } = options
  const root = newKeyPair()
  const rootAccountId = "test.near"
  const genesis = newGenesis({
    chainId: "localnet",
    epochLength: 500,
    rootAccountId,
    rootPublicKey: root.publicKey,
    time: new Date(),
  })
  const node = await startNode({
    genesis,
    store: undefined,
    host: "127.0.0.1",
    port: 0,
    blockMs,
    instant,
    yieldTimeoutBlocks,
    nodePublicKey: newKeyPair().publicKey,
    log: pino({ level: "warn" }),
    onFault: (error) => {
      throw error
    },
  })
  return { ...node, rootAccountId, rootSecretKey: root.secretKey }
}
