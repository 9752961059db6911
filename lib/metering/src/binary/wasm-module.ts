import type { Signature } from "./value-types.ts"

/** Where something stands in the original's bytes. */
export interface Range {
  from: number
  to: number
}

/** The entries of a section, to be copied as they are. */
export interface Entries extends Range {
  count: number
}

interface FunctionImport {
  module: string
  name: string
  typeIndex: number
}

export interface Table {
  type: number
  initial: number
  maximum: number | undefined
}

export interface Memory {
  initial: number
  maximum: number | undefined
}

export interface Global {
  type: number
  mutable: boolean
}

interface Export {
  name: string
  /** 0 function, 1 table, 2 memory, 3 global. */
  kind: number
  index: number
}

/** A module as it was read. What is imported comes first in `functions`, `tables`, `memories` and `globals`, as in the index spaces. */
export interface WasmModule {
  bytes: Uint8Array
  types: Signature[]
  typeEntries: Entries
  /** Of functions. */
  imports: FunctionImport[]
  /** Of all else. */
  otherImports: { module: string; name: string }[]
  /** How many of these are not the module's own. */
  imported: { tables: number; memories: number; globals: number }
  importEntries: Entries
  /** The type index of each function. */
  functions: number[]
  functionEntries: Entries
  tables: Table[]
  memories: Memory[]
  globals: Global[]
  globalEntries: Entries
  exports: Export[]
  start: number | undefined
  /** The type of each element segment. */
  elements: number[]
  elementEntries: Entries
  dataCount: number | undefined
  dataEntries: Entries
  bodies: Range[]
  /** The custom section that names functions, whole but for its id and length. */
  nameSection: Range | undefined
  /** Of all custom sections. */
  customBytes: number
  /** Functions that `ref.func` may name: 1 for each that is exported, or in a segment or a global. */
  referable: Uint8Array
}

export function emptyModule(bytes: Uint8Array): WasmModule {
  const none = { from: 0, to: 0, count: 0 }
  return {
    bytes,
    types: [],
    typeEntries: none,
    imports: [],
    otherImports: [],
    imported: { tables: 0, memories: 0, globals: 0 },
    importEntries: none,
    functions: [],
    functionEntries: none,
    tables: [],
    memories: [],
    globals: [],
    globalEntries: none,
    exports: [],
    start: undefined,
    elements: [],
    elementEntries: none,
    dataCount: undefined,
    dataEntries: none,
    bodies: [],
    nameSection: undefined,
    customBytes: 0,
    referable: new Uint8Array(0),
  }
}

export function signatureOf(module: WasmModule, functionIndex: number): Signature | undefined {
  const typeIndex = module.functions[functionIndex]
  return typeIndex === undefined ? undefined : module.types[typeIndex]
}
