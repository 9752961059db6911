/** One mutant: refused or rewritten into what V8 takes, and at its end when its fuel is. */
import { inspect } from "node:util"
import vm from "node:vm"
import { type MeteredModule, meterForGuest, meterForNear, ModuleRefused } from "../index.ts"
import { generate } from "../testing/generate.ts"
import { mutateBytes } from "../testing/mutate-bytes.ts"
import { mutateTree } from "../testing/mutate-tree.ts"
import { createRandom } from "../testing/random.ts"
import { hostOf } from "../testing/run-metered.ts"
import { encode } from "../testing/tree.ts"

export interface Judgement {
  /** What is wrong, if anything is. */
  fault: string | undefined
  ending: "refused" | "rewritten" | "ran"
}

const FUEL = 20_000n
const MAX_PAGES = 16
/** What fuel ends takes milliseconds, and on the busiest of machines not a hundredth as long. */
const TIMEOUT_MS = 60_000

export function mutantOf(seed: number): Uint8Array<ArrayBuffer> {
  const random = createRandom(seed)
  const tree = generate(1 + random.below(3000), random.chance(0.7))
  const way = random.below(3)
  if (way > 0) mutateTree(tree, random)
  const bytes = encode(tree)
  return way === 1 ? bytes : mutateBytes(bytes, random)
}

export function judgeMutant(seed: number): Judgement {
  const wasm = mutantOf(seed)
  const isValid = WebAssembly.validate(wasm)
  const asContract = attempt(() => meterForNear(wasm))
  if (typeof asContract === "object" && !isValid) return faulty("a contract that V8 refuses")
  const metered = attempt(() => meterForGuest(wasm, { maxMemoryPages: MAX_PAGES }))
  if (typeof metered === "string") {
    return metered === "malformed" && isValid
      ? faulty("refused as malformed, and V8 takes it")
      : { fault: undefined, ending: "refused" }
  }
  if (!isValid) return faulty("rewritten, and V8 refuses the original")
  if (!WebAssembly.validate(Uint8Array.from(metered.bytes))) {
    return faulty("rewritten into what V8 refuses")
  }
  return run(metered)
}

function run(metered: MeteredModule): Judgement {
  const imports = Object.fromEntries(
    metered.imports.map(({ module, name }) => [module, { [name]: () => host.pay(50) }]),
  )
  const host = hostOf(metered, { fuel: FUEL, stack: 20_000, imports })
  const { ending, error } = endWithin(TIMEOUT_MS, () => host.call("main"))
  if (ending === "late") return faulty("it does not end")
  if (error === undefined || error instanceof WebAssembly.RuntimeError) {
    return { fault: undefined, ending: "ran" }
  }
  // Of an export that is gone or is no function, or of values that JavaScript cannot pass.
  if (error instanceof TypeError || (error as Error).message.startsWith("no function")) {
    return { fault: undefined, ending: "rewritten" }
  }
  if (error instanceof WebAssembly.LinkError) return { fault: undefined, ending: "rewritten" }
  return faulty(inspect(error))
}

function endWithin(
  timeout: number,
  work: () => unknown,
): { ending: "late" | "ended"; error?: unknown } {
  try {
    Reflect.set(globalThis, "work", work)
    vm.runInThisContext("work()", { timeout })
    return { ending: "ended" }
  } catch (error) {
    const isLate = (error as NodeJS.ErrnoException).code === "ERR_SCRIPT_EXECUTION_TIMEOUT"
    return { ending: isLate ? "late" : "ended", error }
  }
}

function faulty(fault: string): Judgement {
  return { fault, ending: "rewritten" }
}

/** The code of the refusal, where it is one. Any other error is a crash of ours. */
function attempt(meter: () => MeteredModule): MeteredModule | string {
  try {
    return meter()
  } catch (error) {
    if (error instanceof ModuleRefused) return error.code
    throw error
  }
}
