import { parseQuote } from "../pure/index.ts"
import { nodePrimitives } from "../primitives.ts"

/** What a quote says of its machine, by the names of the register contract's; not what runs on it. */
export function readMeasurement(quote: Uint8Array) {
  const parsed = parseQuote(quote, nodePrimitives)
  if (!parsed.ok) throw new Error(`${parsed.reason}: ${parsed.detail}`)
  const { mrTd: mrtd, rtmr0, rtmr1, rtmr2 } = parsed.value.report
  return { mrtd, rtmr0, rtmr1, rtmr2 }
}
