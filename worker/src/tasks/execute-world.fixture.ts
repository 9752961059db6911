import { randomBytes } from "node:crypto"
import { sha256Hex } from "@outlayer/protocol/sealing/node"
import { setImmediate as nextTick } from "node:timers/promises"
import {
  ChainRequest,
  CompleteTask,
  type ExecuteTask,
  GetWasm,
  OutlayerError,
  RecordSettlement,
  ReleaseTask,
  type Route,
  type Settlement,
  StoreTranscript,
} from "@outlayer/protocol"
import { expect } from "vitest"
import { z } from "zod"
import { createGivenAnswers } from "../settle/given-answers.ts"
import { createTurns } from "../settle/turns.ts"
import type { Outcome, Sandbox } from "../sandbox/sandbox.ts"
import { executeTask } from "./task.fixture.ts"

export const wasm = Buffer.from("\0asm")
export const checksum = sha256Hex(wasm)

/** What an earlier lease has signed and recorded. */
export const SETTLEMENT = {
  tx_hash: "1".repeat(32),
  signer_public_key: `ed25519:${"1".repeat(32)}`,
  signed_tx_base64: "AAAA",
  summary: {
    success: true,
    error: null,
    resources_used: { instructions: 9, time_ms: 1 },
    output_hash: null,
    sandbox_level: "process",
    receipt: null,
  },
} as unknown as Settlement

export function programOf(hash: string) {
  const record = {
    repo: "github.com/o/r",
    commit: "1".repeat(40),
    branches: [],
    build_target: "wasm32-wasip1",
    toolchain: "t",
    wasm_hash: hash,
    builder: `ed25519:${"1".repeat(32)}`,
    signature: "AAAA",
  }
  return { checksum: hash, record } as never
}

/** As `get_request` has it. */
export function pendingOf({ request }: ExecuteTask): unknown {
  return z.encode(ChainRequest, request)
}

/** Whom `runExecuteTask` speaks to, and in which order. */
export function fakeWorld() {
  const story: string[] = []
  let made = executeTask()
  const names = new Map<Route, string>([
    [GetWasm, "get wasm"],
    [RecordSettlement, "record"],
    [CompleteTask, "complete"],
    [StoreTranscript, "keep"],
    [ReleaseTask, "release"],
  ])
  const world = {
    story,
    completed: undefined as unknown,
    hosts: undefined as unknown,
    attested: undefined as object | undefined,
    signed: undefined as unknown,
    keys: [] as string[] | Error | Promise<string[]>,
    transcript: undefined as unknown,
    losesLease: false,
    height: 900,
    /** What the contract says of the request: that of the last task. */
    pending: (): unknown => pendingOf(made),
    watched: [] as number[],
    outcome: { kind: "ok" } as Outcome,
    stop: new AbortController().signal,
    task: (some: Parameters<typeof executeTask>[0]): ExecuteTask => (made = executeTask(some)),
    deps: undefined as never,
    watchers: 0,
    stderr: "",
    seed: randomBytes(32),
    said: [] as object[],
  }
  const say = (fields: object, message: string) => void world.said.push({ ...fields, message })
  const deps = {
    log: { debug: say, info: say, warn: say, error: say },
    coordinator: {
      async call(route: Route, { body }: { body?: unknown }) {
        story.push(names.get(route) ?? route.path)
        if (route === RecordSettlement && world.losesLease) {
          throw new OutlayerError("lease_lost", "somebody else has it")
        }
        if (route === CompleteTask) world.completed = body
        if (route === StoreTranscript) world.transcript = body
        return route === GetWasm ? wasm : { ok: true }
      },
    },
    sandbox: {
      async run(...[, , , options]: Parameters<Sandbox["run"]>) {
        story.push("run")
        expect(options?.http).toBeDefined()
        await nextTick()
        // Whoever stops watching the chain before a run has ended would never cut it off.
        expect(world.watchers).toBe(1)
        const output = Buffer.from("hi")
        const stderrTail = Buffer.from(world.stderr)
        const { outcome } = world
        const used = { instructions: 5n, timeMs: 1, level: "process", engine: "e" }
        const record = { meteredHash: checksum, seed: world.seed, wallClockNs: 1n, stdin: wasm }
        return { outcome, output, stderrTail, ...used, record }
      },
    },
    http: { clientFor: (hosts: unknown) => ((world.hosts = hosts), {}) },
    clock: {
      whenReached(height: number) {
        world.watchers += 1
        world.watched.push(height)
        return { signal: world.stop, [Symbol.dispose]: () => void (world.watchers -= 1) }
      },
    },
    signer: {
      async sign(call: unknown) {
        story.push("sign")
        world.signed = call
        return { hash: "tx", signedTxBase64: "AAAA", publicKey: "k" }
      },
      forgetNonce() {},
    },
    requireLive: async () => {},
    given: createGivenAnswers(),
    turns: createTurns(),
    get attested() {
      return world.attested
    },
    contractId: "outlayer.near",
    witnesses: {
      view: async () => world.pending(),
      async fullAccessKeys() {
        if (world.keys instanceof Error) throw world.keys
        return world.keys
      },
    },
    chain: {
      async send() {
        story.push("send")
        return { hash: "tx", value: "", failure: undefined }
      },
      finalBlock: async () => ({ height: world.height, hash: "h", timestampNs: 1n }),
      yieldTimeoutBlocks: async () => 200,
      // Settled by whatever was sent.
      view: async () => (story.includes("send") ? null : made.request),
      isRefusal: () => true,
    },
  }
  return Object.assign(world, { deps: deps as never })
}
