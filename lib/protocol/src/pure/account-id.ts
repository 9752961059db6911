/** As nearcore has it, of 2 to 64 characters: an id that it refuses would trap a promise. */
export const ACCOUNT_ID = /^(?:[a-z\d]+[-_])*[a-z\d]+(?:\.(?:[a-z\d]+[-_])*[a-z\d]+)*$/

export function isAccountId(text: string): boolean {
  return text.length >= 2 && text.length <= 64 && ACCOUNT_ID.test(text)
}
