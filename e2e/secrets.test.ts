/** Secrets, from the owner's seal to the guest's environment, in simulated machines. */
import { nearToYocto } from "near-api-js"
import { expect } from "vitest"
import { story, type System } from "./system.ts"

const test = story({ tee: true })
const DEPOSIT = { depositYocto: nearToYocto("1") }

/** The probe prints one variable of its environment. */
async function askFor(system: System, name: string, question = {}, options = {}) {
  const { value, completed } = await system.ask(`env ${name}`, question, { ...DEPOSIT, ...options })
  return completed?.success ? value : completed?.error?.code
}

test("a stored secret reaches the guest of its repository, after each change as it is then", async ({
  system,
}) => {
  const { alice } = system.accounts
  const vault = await system.openVault(alice)
  const repo = system.repositories.addressOf("probe")
  const place = { repo, profile: "default" }
  const secrets_ref = { profile: "default", account_id: alice.accountId }
  const read = (name: string) => askFor(system, name, { secrets_ref })

  expect(await read("API_KEY")).toBe("secrets_not_found")
  await vault.store(place, { API_KEY: "first", OTHER: "too" }, "AllowAll")
  expect(await read("API_KEY")).toBe("first")
  expect(await read("OTHER")).toBe("too")
  expect(await read("NEAR_SENDER_ID")).toBe(system.accounts.caller.accountId)
  await vault.store(place, { API_KEY: "second" }, "AllowAll")
  expect(await read("API_KEY")).toBe("second")
  expect(await read("OTHER")).toBe("(absent)")
  expect(await vault.list()).toMatchObject([{ profile: "default", branch: null }])
  await vault.delete(place)
  expect(await read("API_KEY")).toBe("secrets_not_found")
  await system.expectSettledOnce()
})
