/** Has modules metered and components transpiled, each once. */
import { isComponent } from "@outlayer/metering"
import { sha256Hex } from "@outlayer/protocol/sealing/node"
import type { Program } from "../execution.ts"
import type { Answer, GuestProcess } from "./guest-process.ts"
import { type Metered, MeteredCache } from "./metered-cache.ts"
import type { MeteredStore } from "./metered-store.ts"
import type { Tools } from "./runtime.ts"

/** 4 MB take a third of a second. What takes this long was made to. */
const TIMEOUT_MS = 30_000
const CACHE_BYTES = 256 * 1024 * 1024

type Ready = Extract<Metered, { kind: "metered" }>

export interface MeterOptions {
  pool: { take(): Promise<GuestProcess> }
  tools: Tools
  /** What another has made is not what this one would. */
  engine: string
  store?: MeteredStore | undefined
  /** What is not kept is made again. */
  onStoreError?: (error: unknown) => void
}

export class Meter {
  readonly #options: MeterOptions
  readonly #cache = new MeteredCache(CACHE_BYTES)
  readonly #underWay = new Map<string, Promise<Metered>>()

  constructor(options: MeterOptions) {
    this.#options = options
  }

  /** Rejects when a child could not do its work: then nothing is known of the module. */
  async meter(program: Program, maxMemoryPages: number): Promise<Metered> {
    const key = `${program.hash}-${maxMemoryPages}`
    const cached = this.#cache.get(key) ?? this.#underWay.get(key)
    if (cached) return cached
    const work = this.#make(program, maxMemoryPages).finally(() => this.#underWay.delete(key))
    this.#underWay.set(key, work)
    const metered = await work
    this.#cache.set(key, metered)
    return metered
  }

  async #make({ wasm, hash }: Program, maxMemoryPages: number): Promise<Metered> {
    const { engine, store, onStoreError = () => {} } = this.#options
    const key = `${engine}-${hash}-${maxMemoryPages}`
    const kept = await store?.read(key)
    if (kept) return open(kept)
    const metered = await this.#askChild(wasm, maxMemoryPages)
    if (metered.kind === "metered") await store?.write(key, join(metered)).catch(onStoreError)
    return metered
  }

  async #askChild(wasm: Uint8Array, maxMemoryPages: number): Promise<Metered> {
    const { pool, tools } = this.#options
    const kind = isComponent(wasm) ? "transpile" : "meter"
    const guest = await pool.take()
    const answer = await guest.ask({
      job: { kind, maxMemoryPages },
      parts: [wasm, ...tools[kind]],
      maxOutputBytes: 0,
      timeoutMs: TIMEOUT_MS,
    })
    return readAnswer(answer)
  }
}

const LENGTH_BYTES = 4

/** As it is stored: how long the code is, the code, the rest. */
function join({ wasm, code }: Ready): Uint8Array {
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeUInt32LE(code.length)
  return Buffer.concat([length, code, wasm])
}

function open(kept: Uint8Array): Ready {
  const { buffer, byteOffset, length } = kept
  const codeEnd = LENGTH_BYTES + Buffer.from(buffer, byteOffset, length).readUInt32LE()
  return ready(kept.subarray(codeEnd), kept.subarray(LENGTH_BYTES, codeEnd))
}

function ready(wasm: Uint8Array, code: Uint8Array): Ready {
  return { kind: "metered", wasm, hash: sha256Hex(wasm), code }
}

function readAnswer({ ending, bytes, code }: Answer): Metered {
  if (ending.kind === "timed_out") return refused("it takes too long to check")
  if (ending.kind === "out_of_memory") return refused("it takes too much memory to check")
  if (ending.kind === "reported") {
    const { report } = ending
    if (report.kind === "metered") return ready(bytes, code)
    if (report.kind === "refused" && report.code === "memory_too_large")
      return { kind: "turned_down", outcome: { kind: "out_of_memory" } }
    if (report.kind === "refused") return refused(report.reason)
  }
  throw new Error(`metering failed: ${"reason" in ending ? ending.reason : ending.kind}`)
}

function refused(reason: string): Metered {
  return { kind: "turned_down", outcome: { kind: "refused", reason } }
}
