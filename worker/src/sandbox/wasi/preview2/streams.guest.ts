/** `wasi:io`: streams are always ready, and time that a guest would wait passes at once. */
import { MAX_SLEEP_NS } from "../clock.guest.ts"
import { FileError } from "../files/file-error.guest.ts"
import type { Fuel } from "../fuel.guest.ts"
import type { Host } from "../host.guest.ts"
import { HostTrap } from "../stop.guest.ts"
import type { Sink, Source } from "../streams.guest.ts"
import { errorCodeOf } from "./error-code.guest.ts"
import { Failed } from "./failed.guest.ts"
import type { Interface } from "./guard.guest.ts"
import { type Reason, StreamFailure } from "./stream-failure.guest.ts"
import { type Live, Resource } from "./resource.guest.ts"

/** The most that one call reads, and that an output stream says it takes. */
const CHUNK_BYTES = 65_536
const FUEL_PER_POLLABLE = 100
const MAX_POLLED = 1024

/** What resources are made with. */
export interface Maker {
  host: Host
  live: Live
}

/** `wasi:io/error.error`: why a stream's last operation failed. */
export class StreamError extends Resource {
  readonly #text: string
  readonly reason: Reason | undefined

  constructor({ live }: Maker, text: string, reason?: Reason) {
    super(live)
    this.#text = text
    this.reason = reason
  }

  toDebugString(): string {
    return this.#text
  }
}

function attempt<T>(maker: Maker, work: () => T): T {
  try {
    return work()
  } catch (error) {
    const failure =
      error instanceof FileError
        ? new StreamFailure(error.code, { of: "filesystem", code: errorCodeOf(error.code) })
        : error
    if (!(failure instanceof StreamFailure)) throw error
    const val = new StreamError(maker, failure.message, failure.reason)
    throw new Failed({ tag: "last-operation-failed", val })
  }
}

export class Pollable extends Resource {
  readonly #host: Host
  readonly #readyAtNs: bigint

  /** On the monotonic clock; 0 is now. */
  constructor({ host, live }: Maker, readyAtNs = 0n) {
    super(live)
    this.#host = host
    // What sleep never reaches would never be ready, and a poll promises one that is.
    this.#readyAtNs = readyAtNs < MAX_SLEEP_NS ? readyAtNs : MAX_SLEEP_NS
  }

  /** `undefined` when only the guest itself can bring it about. */
  get readyAtNs(): bigint | undefined {
    return this.#readyAtNs
  }

  ready(): boolean {
    const at = this.readyAtNs
    return at !== undefined && at <= this.#host.clock.monotonic
  }

  block(): void {
    const waitNs = (this.readyAtNs ?? 0n) - this.#host.clock.monotonic
    if (waitNs > 0n) this.#host.clock.sleep(waitNs)
  }
}

/** Those that are ready, and at least one: the first that will be is waited for. */
function poll({ fuel }: Host, pollables: readonly Pollable[]): Uint32Array {
  if (pollables.length === 0 || pollables.length > MAX_POLLED)
    throw new HostTrap("a poll of none, or of too many")
  fuel.pay(pollables.length * FUEL_PER_POLLABLE)
  const [first] = pollables.toSorted(byTime)
  if (first && pollables.every((one) => !one.ready())) first.block()
  const ready = [...pollables.keys()].filter((index) => pollables[index]?.ready())
  return Uint32Array.from(ready)
}

function byTime({ readyAtNs: a }: Pollable, { readyAtNs: b }: Pollable): number {
  if (a === b) return 0
  return a !== undefined && (b === undefined || a < b) ? -1 : 1
}

/** At most a chunk, and paid before it is taken: what there is, is known. */
export function readPaid(fuel: Fuel, source: Source, length: bigint): Uint8Array {
  const most = length < CHUNK_BYTES ? Number(length) : CHUNK_BYTES
  const bytes = new Uint8Array(Math.min(most, source.available))
  fuel.pay(bytes.length)
  return bytes.subarray(0, source.read([bytes]))
}

export class InputStream extends Resource {
  readonly #maker: Maker
  readonly #source: Source

  constructor(maker: Maker, source: Source) {
    super(maker.live)
    this.#maker = maker
    this.#source = source
  }

  read(length: bigint): Uint8Array {
    if (length === 0n) return new Uint8Array(0)
    const { fuel } = this.#maker.host
    const bytes = attempt(this.#maker, () => readPaid(fuel, this.#source, length))
    if (bytes.length === 0) throw new Failed({ tag: "closed" })
    return bytes
  }

  blockingRead(length: bigint): Uint8Array {
    return this.read(length)
  }

  skip(length: bigint): bigint {
    return BigInt(this.read(length).length)
  }

  blockingSkip(length: bigint): bigint {
    return this.skip(length)
  }

  subscribe(): Pollable {
    return new Pollable(this.#maker)
  }
}

export class OutputStream extends Resource {
  readonly #maker: Maker
  readonly #sink: Sink

  constructor(maker: Maker, sink: Sink) {
    super(maker.live)
    this.#maker = maker
    this.#sink = sink
  }

  checkWrite(): bigint {
    return BigInt(CHUNK_BYTES)
  }

  write(bytes: Uint8Array): void {
    attempt(this.#maker, () => this.#sink.write(bytes))
  }

  blockingWriteAndFlush(bytes: Uint8Array): void {
    this.write(bytes)
  }

  writeZeroes(length: bigint): void {
    if (length > CHUNK_BYTES) throw new HostTrap("more written than may be")
    this.#maker.host.fuel.pay(Number(length))
    this.write(new Uint8Array(Number(length)))
  }

  blockingWriteZeroesAndFlush(length: bigint): void {
    this.writeZeroes(length)
  }

  splice(from: InputStream, length: bigint): bigint {
    const bytes = from.read(length)
    this.#maker.host.fuel.pay(bytes.length)
    this.write(bytes)
    return BigInt(bytes.length)
  }

  blockingSplice(from: InputStream, length: bigint): bigint {
    return this.splice(from, length)
  }

  flush(): void {}

  blockingFlush(): void {}

  subscribe(): Pollable {
    return new Pollable(this.#maker)
  }
}

export function ioInterfaces({ host }: Maker): Record<string, Interface> {
  return {
    "wasi:io/error": { Error: StreamError as never },
    "wasi:io/poll": {
      Pollable: Pollable as never,
      poll: (pollables: readonly Pollable[]) => poll(host, pollables),
    },
    "wasi:io/streams": { InputStream: InputStream as never, OutputStream: OutputStream as never },
  }
}
