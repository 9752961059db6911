/** `wasi:random`: what is called insecure is drawn from the same stream, in which nothing is insecure. */
import { HostTrap } from "../stop.guest.ts"
import type { Interface } from "./guard.guest.ts"
import type { Maker } from "./streams.guest.ts"

/** At a time: they are made before they are copied into the guest's memory. */
const MAX_BYTES = 64 * 1024 * 1024

export function randomInterfaces({ host: { random } }: Maker): Record<string, Interface> {
  function draw(length: bigint): Uint8Array {
    if (length > MAX_BYTES) throw new HostTrap("too many random bytes at a time")
    random.pay(Number(length))
    const bytes = new Uint8Array(Number(length))
    random.fill(bytes)
    return bytes
  }
  const drawU64 = () => new DataView(draw(8n).buffer).getBigUint64(0, true)
  return {
    "wasi:random/random": { getRandomBytes: draw, getRandomU64: drawU64 },
    "wasi:random/insecure": { getInsecureRandomBytes: draw, getInsecureRandomU64: drawU64 },
    "wasi:random/insecure-seed": { insecureSeed: () => [drawU64(), drawU64()] },
  }
}
