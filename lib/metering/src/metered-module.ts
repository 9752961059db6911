/** What the rewriter hands to a host. */

export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128" | "funcref" | "externref"

export interface FunctionType {
  params: readonly ValueType[]
  results: readonly ValueType[]
}

export interface ModuleImport {
  module: string
  name: string
  type: FunctionType
}

export interface ModuleExport {
  name: string
  kind: "function" | "table" | "memory" | "global"
  /** Of a function. */
  type?: FunctionType
  /** A function that the module imports and hands on. */
  imported?: boolean
}

export interface MeteredModule {
  /** The rewritten module. */
  bytes: Uint8Array
  /** The function imports of the original, in order. */
  imports: readonly ModuleImport[]
  /** Of the memories, tables and globals that a component's member imports. */
  otherImports: readonly { module: string; name: string }[]
  exports: readonly ModuleExport[]
  /** What an instance takes before it runs: pages of its own memory, elements of its own tables. */
  takes: { pages: number; elements: number }
  /**
   * Of a NEAR contract with a table, the names of two exports: the index that was called last, an i32, and the table. V8 says of a call to
   * null what it says of one to another type.
   */
  indirectCalls?: { called: string; table: string }
}

/**
 * Two mutable globals that the rewritten module imports and the host makes: `fuel` (i64) and `stack` (i32, bytes), both "what is
 * left". A charge subtracts first and traps (`unreachable`) below zero, so after a trap a negative `fuel` means that it
 * was spent, and a negative `stack` that the frames no longer fit; look at `fuel` first. In a NEAR contract `fuel` also says by how much
 * more. A guest looks at it only now and then, so its host must too: before it acts on a call, and when the guest has returned.
 * A component's members share both, and a third: `pages` (i32), which all their memories together may still gain.
 */
export const COUNTERS = {
  module: "outlayer",
  fuel: "fuel",
  stack: "stack",
  pages: "pages",
} as const

/**
 * The export of a guest that grows its memory: a mutable i32, 1 once it was refused more. A guest that then fails has failed for
 * want of memory, which its trap alone does not tell.
 */
export const REFUSED_GROWTH = "outlayer.refused_growth"

/** The memory that a NEAR contract gets, imported too: its start function calls the host before there are exports. */
export const NEAR_MEMORY = {
  module: "outlayer",
  memory: "memory",
  initial: 1024,
  maximum: 2048,
} as const
