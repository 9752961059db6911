/**
 * Who may have a secret: what the owner stores on chain, checked there, and what the keystore asks.
 * It judges the predecessor of `request_execution`.
 */
import { isAccountId } from "./account-id.ts"
import { parseAccountPattern, PatternError } from "./account-pattern.ts"
import { LIMITS } from "./constants.ts"
import { isWellFormed } from "./secret-scope.ts"

export type Comparison = "Gte" | "Lte" | "Gt" | "Lt" | "Eq" | "Ne"

export type AccessCondition =
  | "AllowAll"
  | { readonly Whitelist: { readonly accounts: readonly string[] } }
  | { readonly AccountPattern: { readonly pattern: string } }
  /** In yocto NEAR, decimal. */
  | { readonly NearBalance: { readonly operator: Comparison; readonly value: string } }
  | {
      readonly FtBalance: {
        readonly contract: string
        readonly operator: Comparison
        readonly value: string
      }
    }
  /** Null: any token of that contract. */
  | { readonly NftOwned: { readonly contract: string; readonly token_id: string | null } }
  | { readonly DaoMember: { readonly dao_contract: string; readonly role: string } }
  /** Block time in nanoseconds, decimal: until then, and not at it. */
  | { readonly ValidUntil: { readonly timestamp: string } }
  /** SHA-256 of the program, lower-case hex. */
  | { readonly WasmHash: { readonly hash: string } }
  | {
      readonly Logic: {
        readonly operator: "And" | "Or"
        readonly conditions: readonly AccessCondition[]
      }
    }
  | { readonly Not: { readonly condition: AccessCondition } }

/** The message names the field, as in `access.Logic.conditions[1].Not: ...`. */
export class AccessConditionError extends Error {}

const COMPARISONS = ["Gte", "Lte", "Gt", "Lt", "Eq", "Ne"]
const U64_END = 2n ** 64n
const U128_END = 2n ** 128n

/** Where a value stands, and what was read before it. */
interface Place {
  path: string
  depth: number
  counted: { nodes: number }
}

type Reader = (value: unknown, place: Place) => unknown

/** The fields of each form, and how they are read; that is all the forms there are. */
const FORMS: Readonly<Record<string, Readonly<Record<string, Reader>>>> = {
  Whitelist: { accounts: listOf(readAccount) },
  AccountPattern: { pattern: readPattern },
  NearBalance: { operator: oneOf(COMPARISONS), value: decimalBelow(U128_END) },
  FtBalance: {
    contract: readAccount,
    operator: oneOf(COMPARISONS),
    value: decimalBelow(U128_END),
  },
  NftOwned: {
    contract: readAccount,
    token_id: (value, place) => (isAbsent(value) ? null : readName(value, place)),
  },
  DaoMember: { dao_contract: readAccount, role: readName },
  ValidUntil: { timestamp: decimalBelow(U64_END) },
  WasmHash: { hash: readHash },
  Logic: { operator: oneOf(["And", "Or"]), conditions: listOf(readNested) },
  Not: { condition: readNested },
}

/** In its one spelling, without fields that nobody knows. Throws `AccessConditionError`. */
export function parseAccessCondition(value: unknown): AccessCondition {
  return readCondition(value, { path: "access", depth: 1, counted: { nodes: 0 } })
}

function readCondition(value: unknown, { path, depth, counted }: Place): AccessCondition {
  counted.nodes += 1
  if (depth > LIMITS.accessConditionDepth) {
    throw new AccessConditionError(`${path}: more than ${LIMITS.accessConditionDepth} deep`)
  }
  if (counted.nodes > LIMITS.accessConditionNodes) {
    throw new AccessConditionError(`access has more than ${LIMITS.accessConditionNodes} conditions`)
  }
  if (value === "AllowAll") return value
  const [name = "", ...others] = isObject(value) ? Object.keys(value) : []
  const form = Object.prototype.hasOwnProperty.call(FORMS, name) ? FORMS[name] : undefined
  if (!isObject(value) || !form || others.length > 0) {
    throw new AccessConditionError(
      `${path} must be "AllowAll" or one of ${Object.keys(FORMS).join(", ")}`,
    )
  }
  const fields = value[name]
  const place = { path: `${path}.${name}`, depth, counted }
  // The table gives each form the fields that its type has.
  return { [name]: readFields(fields, form, place) } as unknown as AccessCondition
}

function readFields(
  value: unknown,
  form: Readonly<Record<string, Reader>>,
  { path, ...place }: Place,
): Record<string, unknown> {
  if (!isObject(value)) throw new AccessConditionError(`${path} must be an object`)
  for (const name of Object.keys(value)) {
    if (!Object.prototype.hasOwnProperty.call(form, name))
      throw new AccessConditionError(`Unknown field in ${path}: ${name}`)
  }
  const fields: Record<string, unknown> = {}
  for (const name of Object.keys(form)) {
    fields[name] = form[name]?.(value[name], { ...place, path: `${path}.${name}` })
  }
  return fields
}

function readNested(value: unknown, { depth, ...place }: Place): AccessCondition {
  return readCondition(value, { ...place, depth: depth + 1 })
}

/** Not empty: an empty And would let everybody in, and an empty list nobody. */
function listOf(read: Reader): Reader {
  return (value, { path, ...place }) => {
    if (!Array.isArray(value) || value.length === 0) {
      throw new AccessConditionError(`${path} must be an array with at least one item`)
    }
    return value.map((item, at) => read(item, { ...place, path: `${path}[${at}]` }))
  }
}

function oneOf(values: readonly string[]): Reader {
  return (value, { path }) => {
    if (typeof value === "string" && values.includes(value)) return value
    throw new AccessConditionError(`${path} must be one of ${values.join(", ")}`)
  }
}

/** A number would have lost its last digits. */
function decimalBelow(end: bigint): Reader {
  return (value, { path }) => {
    const number = typeof value === "string" && /^\d{1,39}$/.test(value) ? BigInt(value) : end
    if (number < end) return String(number)
    throw new AccessConditionError(`${path} must be decimal digits, as a string`)
  }
}

function readAccount(value: unknown, { path }: Place): string {
  if (typeof value === "string" && isAccountId(value)) return value
  throw new AccessConditionError(`${path} is not an account id`)
}

function readName(value: unknown, { path }: Place): string {
  const isName = typeof value === "string" && value !== "" && value.length <= LIMITS.accessNameBytes
  if (isName && isWellFormed(value)) return value
  throw new AccessConditionError(
    `${path} must be a text of 1 to ${LIMITS.accessNameBytes} characters`,
  )
}

function readHash(value: unknown, { path }: Place): string {
  if (typeof value === "string" && /^[\da-f]{64}$/i.test(value)) return value.toLowerCase()
  throw new AccessConditionError(`${path} must be a SHA-256 in hex`)
}

function readPattern(value: unknown, { path }: Place): string {
  if (typeof value !== "string") throw new AccessConditionError(`${path} must be a string`)
  try {
    parseAccountPattern(value)
  } catch (error) {
    if (!(error instanceof PatternError)) throw error
    throw new AccessConditionError(`${path}: ${error.message}`)
  }
  return value
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null
}
