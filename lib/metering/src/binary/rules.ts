/** What a module may use and how much of it: data, so that guests and NEAR contracts share one validator. */

export type Feature =
  | "sign_extension"
  | "saturating_conversion"
  | "multi_value"
  | "bulk_memory"
  | "reference_types"
  | "extern_references"
  | "simd"
  | "tail_calls"
  | "extended_constants"
  | "imported_memories"
  | "imported_tables"
  | "imported_globals"

/** At most so many; more is refused with this code. */
export interface Limit {
  most: number
  code: string
}

export type Limits = Record<
  | "types"
  | "imports"
  | "functions"
  | "tables"
  | "tableElements"
  | "globals"
  | "exports"
  | "elementSegments"
  | "dataSegments"
  | "params"
  | "results"
  | "locals"
  | "localsOfModule"
  | "bodyBytes"
  | "branchLabels"
  | "nameBytes"
  | "nesting",
  Limit
>

export interface Rules {
  features: ReadonlySet<Feature>
  limits: Limits
  /** The only module that may be imported from, where there is one; NEAR's. */
  importsFrom?: string
  /** A module that may not be imported from, since it is ours. */
  reservedModule?: string
}
