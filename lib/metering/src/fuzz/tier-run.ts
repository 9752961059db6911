/** What becomes of a generated module, metered and raw, in the tier that this process has: a text to compare. */
import { createHash } from "node:crypto"
import { meterForGuest } from "../index.ts"
import { generate } from "../testing/generate.ts"
import { hostUnits } from "../testing/interpret.ts"
import { hostOf } from "../testing/run-metered.ts"
import { encode, TABLE_MAXIMUM } from "../testing/tree.ts"

const MAXIMA = { pages: 16, elements: TABLE_MAXIMUM }
const FUEL = 20_000n
const STACK_BYTES = 20_000

export interface TierRun {
  metered: string
  fuel: string
  /** Of the module as it is, but for NaNs, which are made canonical by other means; none where fuel or stack ended the metered one. */
  raw: string | undefined
}

export function runBothWays(seed: number): TierRun {
  const tree = generate(seed, true)
  const { bytes, ...rest } = meterForGuest(encode(tree), { maxMemoryPages: MAXIMA.pages })
  const imports = { h: { h: (value: number) => host.pay(hostUnits(value)) } }
  const host = hostOf({ bytes, ...rest }, { fuel: FUEL, stack: STACK_BYTES, imports })
  const ended = describe(host.start(), () => host.call("main"))
  const isOut = host.fuelLeft() < 0n || host.stackLeft() < 0
  const metered = isOut ? "out" : ended
  const fuel = `${host.spent()} ${host.stackLeft()}`
  if (isOut) return { metered, fuel, raw: undefined }
  const module = new WebAssembly.Module(encode(tree, { isCanonical: true, maxima: MAXIMA }))
  const instance = new WebAssembly.Instance(module, { h: { h: () => {} } })
  return {
    metered,
    fuel,
    raw: describe(instance, () => (instance.exports["main"] as () => unknown)()),
  }
}

function describe({ exports }: WebAssembly.Instance, run: () => unknown): string {
  let ending: string
  try {
    ending = String(run())
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error
    ending = error.message
  }
  const memory = exports["m"] as WebAssembly.Memory
  const hash = createHash("sha256").update(new Uint8Array(memory.buffer)).digest("hex")
  return `${ending}, memory ${memory.buffer.byteLength} ${hash.slice(0, 16)}`
}
