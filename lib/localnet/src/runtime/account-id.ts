import { parameters } from "../parameters.ts"
import { isDeterministic, isEthImplicit, isNearImplicit } from "../vm/account-id.ts"

export { isAccountId, isNearImplicit } from "../vm/account-id.ts"

export const SYSTEM = "system"

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
