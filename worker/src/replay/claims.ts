/** What a receipt claims, and what is found of each claim. */

export type Verdict = "PROVEN" | "FAIL" | "UNPROVEN"

/** `circumstances` are outside of what any replay can tell, and do not count. */
export type ClaimName =
  | "receipt"
  | "program"
  | "metered program"
  | "engine"
  | "transcript"
  | "private transcript"
  | "input"
  | "arguments"
  | "files"
  | "environment"
  | "host answers"
  | "outcome"
  | "instructions"
  | "output"
  | "circumstances"

export interface Claim {
  claim: ClaimName
  verdict: Verdict
  why: string
}

export function proven(claim: ClaimName, why: string): Claim {
  return { claim, verdict: "PROVEN", why }
}

export function failed(claim: ClaimName, why: string): Claim {
  return { claim, verdict: "FAIL", why }
}

export function unproven(claim: ClaimName, why: string): Claim {
  return { claim, verdict: "UNPROVEN", why }
}

export function compare(claim: ClaimName, found: unknown, said: unknown, what: string): Claim {
  return found === said
    ? proven(claim, what)
    : failed(claim, `${what}: ${String(found)}, where the receipt says ${String(said)}`)
}

export function verdictOf(claims: readonly Claim[]): Verdict {
  const counted = claims.filter(({ claim }) => claim !== "circumstances")
  if (counted.some(({ verdict }) => verdict === "FAIL")) return "FAIL"
  return counted.every(({ verdict }) => verdict === "PROVEN") ? "PROVEN" : "UNPROVEN"
}

export function describeClaims(claims: readonly Claim[]): string {
  const width = Math.max(...claims.map(({ claim }) => claim.length))
  return claims
    .map(({ claim, verdict, why }) => `${claim.padEnd(width)}  ${verdict.padEnd(8)}  ${why}\n`)
    .join("")
}
