/** NEAR's rules at protocol version 86: what near-vm-runner accepts, refuses and charges. */
import type { Feature, Limit, Limits, Rules } from "../binary/rules.ts"
import {
  ALL_PARTS,
  bySize,
  effects,
  jumps,
  type PriceList,
  tableOf,
  trapping,
} from "../body/price-list.ts"
import { type MeteredModule, NEAR_MEMORY } from "../metered-module.ts"
import { ModuleRefused } from "../module-refused.ts"
import { rewriteModule } from "../rewrite/rewrite-module.ts"
import { PreparedSize } from "./prepared-size.ts"

/** `wasm.regular_op`; `linear_op_base` is 32 of it, `linear_op_unit` one. */
const OPERATOR = 822_756
const LINEAR_BASE = 32
const MOST_ELEMENTS = 10_000
const MOST_PARAMS = 64
const MOST_PARAMS_OF_CONTRACT = 50_000
const MOST_OPERAND_BYTES = 8192
const MOST_BLOCKS = 5000
const MOST_BLOCKS_OF_CONTRACT = 50_000
/** Wasmtime's 50,000, less the two that near-vm-runner adds. */
const MOST_LOCALS_COMPILED = 49_998
/** Those that near-vm-runner imports for itself, before the contract's own. */
const FUNCTIONS_ADDED = 3
/** About where wasmtime stops to load what it has compiled. */
const MOST_GLOBALS_LOADED = 65_500
/** NEAR takes twice as many. Better refused than accepted and not run. */
const MOST_LABELS_OF_V8 = 65_520
const LONGEST_EXPORT = 99_999

const features: readonly Feature[] = [
  "sign_extension",
  "saturating_conversion",
  "bulk_memory",
  "reference_types",
]

const invalid = (most: number): Limit => ({ most, code: "Deserialization" })

/** The parser's own limits, and of the runtime's those that hold while parsing. */
const limits: Limits = {
  types: { most: 1024, code: "TooManyTypes" },
  imports: invalid(1_000_000),
  functions: { most: 10_000, code: "TooManyFunctions" },
  tables: { most: 1, code: "TooManyTables" },
  tableElements: { most: MOST_ELEMENTS, code: "TooManyTableElements" },
  globals: invalid(1_000_000),
  exports: invalid(1_000_000),
  elementSegments: invalid(100_000),
  dataSegments: invalid(100_000),
  params: invalid(1000),
  results: invalid(1000),
  locals: invalid(50_000),
  localsOfModule: { most: 1_000_000, code: "TooManyLocals" },
  bodyBytes: { most: 196_608, code: "FunctionBodyTooLarge" },
  branchLabels: invalid(131_072),
  nameBytes: invalid(100_000),
  nesting: invalid(Number.MAX_SAFE_INTEGER),
}

const rules: Rules = { features: new Set(features), limits, importsFrom: "env" }

const prices: PriceList = {
  parts: ALL_PARTS,
  unit: OPERATOR,
  // Free: block, else, end; what pays by size pays all of it there.
  units: tableOf([0x02, 0x05, 0x0b, ...bySize], 0, 1),
  ends: tableOf([...jumps, ...effects, ...bySize, ...trapping()], 1),
  bySize: bySize.map(() => ({ base: LINEAR_BASE, times: 1, shift: 0 })),
  checksAll: true,
  settlesTraps: true,
  mostUnsettled: undefined,
  freeLeaf: { bytes: 0, operators: 0 },
  entry: ({ localBytes, operandBytes }) => {
    const frame = 64 + localBytes
    return { stack: frame + operandBytes, units: Math.ceil(frame / 8) }
  },
}

/** How near-vm-runner names what the shared reader calls otherwise. */
const preparationErrors: Record<string, string> = {
  malformed: "Deserialization",
  unsupported: "Deserialization",
  import_module: "Instantiate",
  import_kind: "Instantiate",
  import_memory: "Memory",
  body_too_large: "WasmtimeCompileError",
}

interface Body {
  params: number
  operandBytes: number
  blocks: number
}

/**
 * Throws `ModuleRefused` with the name of a PrepareError, or `WasmtimeCompileError` or `LoadingError`. What the contract imports
 * need not exist: linking comes later.
 */
export function meterForNear(wasm: Uint8Array): MeteredModule {
  const bodies: Body[] = []
  const size = new PreparedSize(prices)
  let mostLabels = 0
  let tooManyLocals: number | undefined
  try {
    const { metered, module } = rewriteModule(
      wasm,
      rules,
      prices,
      {
        importedMemory: NEAR_MEMORY,
        memoryMaximum: NEAR_MEMORY.maximum,
        tableMaximum: MOST_ELEMENTS,
        keepsNames: false,
        keepsCalledIndex: true,
      },
      (body) => {
        const { signature, bytes, blocks, locals } = body
        bodies.push({ params: signature.params.length, operandBytes: bytes.highest, blocks })
        if (locals.count > MOST_LOCALS_COMPILED) tooManyLocals ??= bodies.length - 1
        mostLabels = Math.max(mostLabels, body.mostLabels)
        size.add(body)
      },
    )
    for (const { name, kind } of module.exports) {
      if (kind !== 2 && Buffer.byteLength(name) > LONGEST_EXPORT) {
        throw new ModuleRefused("Serialization", "an export's name is too long")
      }
    }
    checkBodies(bodies)
    if (size.ofModule(module) > 16_777_216) {
      throw new ModuleRefused("InstrumentedCodeTooLarge", "too large once it is metered")
    }
    if (mostLabels > MOST_LABELS_OF_V8) {
      throw new ModuleRefused("WasmtimeCompileError", `a br_table of ${mostLabels} labels`)
    }
    if (tooManyLocals !== undefined) {
      const index = FUNCTIONS_ADDED + module.imports.length + tooManyLocals
      const text = `failed to compile: wasm[0]::function[${index}]`
      throw new ModuleRefused("WasmtimeCompileError", text)
    }
    if (module.globals.length > MOST_GLOBALS_LOADED) {
      throw new ModuleRefused("LoadingError", `${module.globals.length} globals`)
    }
    return metered
  } catch (error) {
    if (!(error instanceof ModuleRefused)) throw error
    const code = preparationErrors[error.code]
    if (code === undefined) throw error
    throw new ModuleRefused(code, error.message, { cause: error })
  }
}

/** A second pass over the functions, in their order, once all of the module is known to be valid. */
function checkBodies(bodies: readonly Body[]) {
  let paramsOfContract = 0
  let blocksOfContract = 0
  for (const { params, operandBytes, blocks } of bodies) {
    paramsOfContract += params
    blocksOfContract += blocks
    check("TooManyParamsPerFunction", params, MOST_PARAMS)
    check("TooManyParamsPerContract", paramsOfContract, MOST_PARAMS_OF_CONTRACT)
    check("OperandStackTooLarge", operandBytes, MOST_OPERAND_BYTES)
    check("TooManyBlocksPerFunction", blocks, MOST_BLOCKS)
    check("TooManyBlocksPerContract", blocksOfContract, MOST_BLOCKS_OF_CONTRACT)
  }
}

function check(code: string, value: number, most: number) {
  if (value > most) throw new ModuleRefused(code, `${value}, of at most ${most}`)
}
