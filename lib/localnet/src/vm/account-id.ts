import type { ActionCost } from "./parameters.ts"

const VALID = /^(?=.{2,64}$)[a-z\d]+([-_.][a-z\d]+)*$/

export function isAccountId(text: string): boolean {
  return VALID.test(text)
}

/** 64 hex digits: the account of the ed25519 key that they are. */
export const isNearImplicit = (id: string) => /^[\da-f]{64}$/.test(id)
export const isEthImplicit = (id: string) => /^0x[\da-f]{40}$/.test(id)
export const isDeterministic = (id: string) => /^0s[\da-f]{40}$/.test(id)

/** A transfer may create its receiver: then it pays for that as well. */
export function transferCosts(receiverId: string): ActionCost[] {
  if (isNearImplicit(receiverId)) return ["transfer", "create_account", "add_full_access_key"]
  if (isEthImplicit(receiverId) || isDeterministic(receiverId)) {
    return ["transfer", "create_account"]
  }
  return ["transfer"]
}
