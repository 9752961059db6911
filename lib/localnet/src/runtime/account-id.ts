import { parameters } from "../parameters.ts"

export const SYSTEM = "system"

const VALID = /^(?=.{2,64}$)[a-z\d]+([-_][a-z\d]+)*(\.[a-z\d]+([-_][a-z\d]+)*)*$/

export function isAccountId(text: string): boolean {
  return VALID.test(text)
}

/** 64 hex digits: the account of the ed25519 key that they are. */
export const isNearImplicit = (id: string) => /^[\da-f]{64}$/.test(id)
export const isEthImplicit = (id: string) => /^0x[\da-f]{40}$/.test(id)
export const isDeterministic = (id: string) => /^0s[\da-f]{40}$/.test(id)
export const isImplicit = (id: string) =>
  isNearImplicit(id) || isEthImplicit(id) || isDeterministic(id)

/** Why `predecessor` may not create `id`; undefined when it may. Sub-accounts only by their direct parent. */
export function creationRefusal(id: string, predecessor: string) {
  const { min_allowed_top_level_account_length: shortest, registrar_account_id: registrar } =
    parameters.account_creation
  if (id.includes(".")) {
    if (id.slice(id.indexOf(".") + 1) === predecessor) return undefined
    return { CreateAccountNotAllowed: { account_id: id, predecessor_id: predecessor } }
  }
  if (id.length >= shortest || predecessor === registrar) return undefined
  const facts = { account_id: id, registrar_account_id: registrar, predecessor_id: predecessor }
  return { CreateAccountOnlyByRegistrar: facts }
}
