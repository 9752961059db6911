/** What a request may use: defaults for what it leaves open, caps for what it asks. */
import { LIMITS } from "./constants.ts"

export interface ResourceLimits {
  max_instructions: number
  max_memory_mb: number
  max_execution_seconds: number
  max_compile_seconds: number
}

export type LimitName = keyof ResourceLimits

/** The limits under their names on the wire. */
export const LIMIT_RANGES: Readonly<Record<LimitName, { default: number; max: number }>> = {
  max_instructions: LIMITS.instructions,
  max_memory_mb: LIMITS.memoryMb,
  max_execution_seconds: LIMITS.executionSeconds,
  max_compile_seconds: LIMITS.compileSeconds,
}

export const LIMIT_NAMES = Object.keys(LIMIT_RANGES) as readonly LimitName[]

/** `null` and a missing field both mean the default. Caps are not checked here. */
export function completeLimits(
  given: { readonly [name in LimitName]?: number | null | undefined } | null | undefined,
): ResourceLimits {
  return {
    max_instructions: given?.max_instructions ?? LIMITS.instructions.default,
    max_memory_mb: given?.max_memory_mb ?? LIMITS.memoryMb.default,
    max_execution_seconds: given?.max_execution_seconds ?? LIMITS.executionSeconds.default,
    max_compile_seconds: given?.max_compile_seconds ?? LIMITS.compileSeconds.default,
  }
}

/** The first limit that passes its cap. */
export function findLimitOverCap(limits: ResourceLimits): LimitName | undefined {
  return LIMIT_NAMES.find((name) => limits[name] > LIMIT_RANGES[name].max)
}
