import type { FunctionType, MeteredModule } from "@outlayer/metering"
import type { CallError } from "./call-outcome.ts"
import { HOST_FUNCTIONS } from "./host-functions.ts"
import { debugString } from "./rust-text.ts"

/** What is wrong with the first import that the chain does not offer as it is asked for. */
export function linkError(imports: MeteredModule["imports"]): CallError | undefined {
  for (const { name, type } of imports) {
    const offered = HOST_FUNCTIONS.get(name)
    if (offered === undefined) return unlinked("unknown or invalid import")
    const [expected, found] = [typeText(type), typeText(offered.type)]
    if (expected !== found) {
      const types = `expected type \`${expected}\`, found type \`${found}\``
      return unlinked(`types incompatible: ${types}`)
    }
  }
  return undefined
}

function unlinked(message: string): CallError {
  const debug = `LinkError { msg: ${debugString(message)} }`
  return { kind: "LinkError", name: "LinkError", message, debug }
}

function typeText({ params, results }: FunctionType): string {
  return `(func${valuesText("param", params)}${valuesText("result", results)})`
}

function valuesText(what: string, types: readonly string[]): string {
  return types.length === 0 ? "" : ` (${what} ${types.join(" ")})`
}
