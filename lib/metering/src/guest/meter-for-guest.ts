/** Rules and fuel for guests; `docs/fuel.md` is their specification. */
import { MEMORY_FILL, MEMORY_GROW, TABLE_GROW } from "../binary/opcodes.ts"
import type { Feature, Limit, Limits, Rules } from "../binary/rules.ts"
import {
  ALL_PARTS,
  bySize,
  jumps,
  type Parts,
  type PriceList,
  type SizePrice,
  tableOf,
} from "../body/price-list.ts"
import { COUNTERS, type MeteredModule, REFUSED_GROWTH } from "../metered-module.ts"
import { ModuleRefused } from "../module-refused.ts"
import { rewriteModule } from "../rewrite/rewrite-module.ts"

const MOST_TABLE_ELEMENTS = 200_000
const LARGEST_MODULE = 128 * 1024 * 1024
/** Fuel for one page of a memory that grows: as much as for filling it. */
const UNITS_PER_PAGE = 65_536 / 8
/** Declared locals that are zeroed for one unit. */
const LOCALS_PER_UNIT = 64
/** What a run that traps may have used besides what is said of it: some tens of microseconds. */
const MOST_UNSETTLED = 65_536
/** Only one such frame is there at a time; and a text of calls of such functions, which nothing looks at, ends in a fraction of a second. */
const FREE_LEAF = { bytes: 4096, operators: 512 }

const features: readonly Feature[] = [
  "sign_extension",
  "saturating_conversion",
  "multi_value",
  "bulk_memory",
  "reference_types",
  "extern_references",
  "extended_constants",
  "simd",
  "tail_calls",
]

const atMost = (most: number): Limit => ({ most, code: "too_large" })

/** No compiler comes near these; each is below what V8 takes. */
const limits: Limits = {
  types: atMost(20_000),
  imports: atMost(10_000),
  functions: atMost(200_000),
  tables: atMost(10),
  tableElements: atMost(MOST_TABLE_ELEMENTS),
  globals: atMost(65_536),
  exports: atMost(65_536),
  elementSegments: atMost(20_000),
  dataSegments: atMost(65_536),
  params: atMost(256),
  results: atMost(256),
  // V8 takes 50,000; metering adds six.
  locals: atMost(49_990),
  localsOfModule: atMost(10_000_000),
  // V8's optimizing compiler needs a thousand times as much: two of 1,500,000 have killed its process.
  // The largest of programs that people wrote (interpreters' loops) have a fifth of it.
  bodyBytes: atMost(700_000),
  branchLabels: atMost(65_520),
  nameBytes: atMost(20_000),
  nesting: atMost(20_000),
}

/** What the core modules of a component give each other. */
const memberFeatures: readonly Feature[] = [
  "imported_memories",
  "imported_tables",
  "imported_globals",
]

const rules: Rules = { features: new Set(features), limits, reservedModule: COUNTERS.module }
const memberRules: Rules = { ...rules, features: new Set([...features, ...memberFeatures]) }

export interface GuestOptions {
  maxMemoryPages: number
  /** A core module of a component, whose members share `COUNTERS.pages`, too. */
  isMember?: boolean
}

/**
 * Throws `ModuleRefused`: `malformed` (not valid WebAssembly), `unsupported`, `too_large`, `import_kind`, `import_memory`,
 * `reserved_name`, `memory_too_large` or `body_too_large`.
 */
export function meterForGuest(
  wasm: Uint8Array,
  { maxMemoryPages, isMember = false }: GuestOptions,
): MeteredModule {
  return meterPartly(wasm, { maxMemoryPages, isMember }, ALL_PARTS)
}

/** With less than all of them it is not safe to run. */
export function meterPartly(
  wasm: Uint8Array,
  { maxMemoryPages, isMember = false }: GuestOptions,
  parts: Parts,
): MeteredModule {
  if (wasm.length > LARGEST_MODULE) {
    throw new ModuleRefused("too_large", `a module of ${wasm.length} bytes`)
  }
  const shape = {
    memoryMaximum: maxMemoryPages,
    tableMaximum: MOST_TABLE_ELEMENTS,
    keepsNames: true,
    inlines: true,
    refusedGrowth: REFUSED_GROWTH,
    sharesPages: isMember,
  }
  const { metered } = rewriteModule(
    wasm,
    isMember ? memberRules : rules,
    pricesFor(maxMemoryPages, parts),
    shape,
  )
  if (metered.exports.some(({ name }) => name === REFUSED_GROWTH)) {
    throw new ModuleRefused("reserved_name", `an export named ${REFUSED_GROWTH}`)
  }
  return metered
}

function pricesFor(maxMemoryPages: number, parts: Parts): PriceList {
  const byByte: SizePrice = { base: 0, times: 1, shift: 3 }
  const byElement: SizePrice = { base: 0, times: 1, shift: 0 }
  return {
    parts,
    unit: 1,
    // Free: nop, block, loop, else, end.
    units: tableOf([0x01, 0x02, 0x03, 0x05, 0x0b], 0, 1),
    ends: tableOf(jumps, 1),
    bySize: bySize.map((opcode) => {
      if (opcode === MEMORY_GROW)
        return { base: 0, times: UNITS_PER_PAGE, shift: 0, most: maxMemoryPages }
      if (opcode === TABLE_GROW) return { ...byElement, most: MOST_TABLE_ELEMENTS }
      return opcode <= MEMORY_FILL ? byByte : byElement
    }),
    checksAll: false,
    settlesTraps: false,
    mostUnsettled: parts.fuel ? MOST_UNSETTLED : undefined,
    freeLeaf: FREE_LEAF,
    entry: ({ locals, localBytes, operandHeight }) => ({
      stack: 64 + localBytes + 8 * operandHeight,
      units: Math.floor(locals / LOCALS_PER_UNIT),
    }),
  }
}
