/** Gathers what a story's system prints, passes on and stores, and fails the story if a secret is in it. */
import { createDstackClient } from "@outlayer/attestation"
import { deriveInlineKey, deriveSigningSeed } from "@outlayer/protocol/pure"
import { nodePrimitives } from "@outlayer/protocol/sealing/node"
import type { LogLine, Stack } from "@outlayer/stack"
import { dumpPostgres, dumpRedis } from "./dump.ts"
import { findLeaks, type Place, type Secret } from "./leaks.ts"

/** The first epoch of `docs/secrets.md`. */
const MASTER_PATH = "outlayer/keystore/master/1/1"
const EPOCH = 1

/** Where what is stored can be read, of a stack in this process or in another. */
export interface Running {
  postgres: { url: string }
  redis: { url: string } | undefined
  machines: { sockets: { keystore: string } } | undefined
  accounts: { outlayer: { accountId: string } }
  provider: Pick<Stack["provider"], "viewNodeStatus">
}

/** What the coordinator saw, where something stood before it. */
interface Overheard {
  passed: Buffer
}

export function watchLeaks() {
  const printed: string[] = []
  /** Tokens pass the coordinator's door; nothing else that is secret does. */
  const tokens: Secret[] = []
  const invented: Secret[] = []
  return {
    onLog: (_: LogLine, text: string) => void printed.push(text),
    onSecret: (name: string, value: string) => void tokens.push({ name, value }),

    /** A value that nobody but its owner and a guest may ever know; with what has to be escaped. */
    invent(name: string): string {
      const value = `${name} "\\ü ${crypto.randomUUID()}`
      invented.push({ name, value })
      return value
    },

    /** What is in the system's stores now, to be searched when it has ended. */
    async gather(running: Running, hostile: Overheard | undefined): Promise<Gathered> {
      const { postgres, redis } = running
      const stores = [
        { name: "Postgres", content: await dumpPostgres(postgres.url) },
        ...(redis ? [{ name: "Redis", content: await dumpRedis(redis.url) }] : []),
      ]
      return { stores, keys: await readKeystoreKeys(running), hostile }
    },

    /** Throws, and names what was found where. */
    expectNone({ stores, keys, hostile }: Gathered): void {
      if (printed.length === 0) throw new Error("Nothing was printed: there is nothing to search")
      const passed = hostile?.passed ?? Buffer.alloc(0)
      const logs: Place = { name: "a log", content: printed.join("\n") }
      const found = [
        ...findLeaks(
          [logs, ...stores],
          [...tokens, ...keys, ...invented],
          passed.toString("latin1"),
        ),
        ...findLeaks(
          [{ name: "what the coordinator saw", content: passed }],
          [...keys, ...invented],
        ),
      ]
      if (found.length > 0) throw new Error(`Leaked: ${found.join("; ")}`)
    },
  }
}

interface Gathered {
  stores: Place[]
  keys: Secret[]
  hostile: Overheard | undefined
}

/** As its machine gives them to the keystore, and to nobody else but this test. */
async function readKeystoreKeys({ machines, accounts, provider }: Running): Promise<Secret[]> {
  if (!machines) return []
  const agent = createDstackClient({ socketPath: machines.sockets.keystore })
  const master = await agent.getKey(MASTER_PATH)
  const { chain_id: network } = await provider.viewNodeStatus()
  const place = { network, contractId: accounts.outlayer.accountId }
  const signing = deriveSigningSeed(nodePrimitives, master, EPOCH, place)
  return [
    { name: "master key", value: master },
    { name: "signing key", value: signing },
    { name: "inline key", value: deriveInlineKey(nodePrimitives, master, EPOCH, place) },
  ]
}
