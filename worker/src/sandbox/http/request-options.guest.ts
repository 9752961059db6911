/** `wasi:http/types.request-options`: nanoseconds, of which the worker is told milliseconds. */
import { Resource } from "../wasi/preview2/resource.guest.ts"
import type { Maker } from "../wasi/preview2/streams.guest.ts"
import type { HttpRequest } from "./exchange.ts"

const NS_PER_MS = 1_000_000n
/** More than any limit of ours, and safe to count with. */
const MAX_MS = 1_000_000_000n

export function requestOptionsClass({ live }: Maker) {
  return class RequestOptions extends Resource {
    #connect: bigint | undefined
    #firstByte: bigint | undefined
    #betweenBytes: bigint | undefined

    constructor() {
      super(live)
    }

    connectTimeout(): bigint | undefined {
      return this.#connect
    }
    setConnectTimeout(duration: bigint | undefined): void {
      this.#connect = duration
    }
    firstByteTimeout(): bigint | undefined {
      return this.#firstByte
    }
    setFirstByteTimeout(duration: bigint | undefined): void {
      this.#firstByte = duration
    }
    betweenBytesTimeout(): bigint | undefined {
      return this.#betweenBytes
    }
    setBetweenBytesTimeout(duration: bigint | undefined): void {
      this.#betweenBytes = duration
    }

    get timeouts(): HttpRequest["timeouts"] {
      return {
        connectMs: toMs(this.#connect),
        firstByteMs: toMs(this.#firstByte),
        betweenBytesMs: toMs(this.#betweenBytes),
      }
    }
  }
}

export type RequestOptions = InstanceType<ReturnType<typeof requestOptionsClass>>

function toMs(duration: bigint | undefined): number | undefined {
  if (duration === undefined) return undefined
  const ms = (duration + NS_PER_MS - 1n) / NS_PER_MS
  return Number(ms < MAX_MS ? ms : MAX_MS)
}
