import { importSigningSeed } from "@outlayer/protocol/sealing/node"
import { createLogger } from "@outlayer/service"
import { expect, test } from "vitest"
import { isStaked, leave, registerAtStart, type RegistrationOptions } from "./registration.ts"

const [KEY, OLD] = [1, 2].map(
  (seed) => importSigningSeed(new Uint8Array(32).fill(seed)).publicKey,
) as [string, string]
const LIVE_NS = "1790000000000000000"

test("a start that finds no room says at once which keys there are, and how one is ended", async () => {
  const register = fakeRegister({ room: 0 })

  const started = registerAtStart(register.options)

  await expect(started).rejects.toThrow(/^allowance_used_up: operator\.near has staked 10, /)
  await expect(started).rejects.toThrow(`${OLD} (until 2026-09-21T14:13:20.000Z)`)
  await expect(started).rejects.toThrow('register.near.deactivate_worker {"public_key": "..."}')
  expect(register.called).toEqual(["begin_registration", "register_worker_key"])
})

test("a worker that has stopped cleanly leaves room for its next start", async () => {
  const register = fakeRegister({ room: 1 })
  await registerAtStart(register.options)
  await expect(registerAtStart(register.options)).rejects.toThrow("allowance_used_up")

  await leave(register.options)

  await expect(registerAtStart(register.options)).resolves.toMatchObject({ is_live: true })
})

test("the init account's key, which no stake pays for, lives on for what it has built", async () => {
  const own = fakeRegister({ room: 1, initAccount: "operator.near" })
  const anothers = fakeRegister({ room: 1, initAccount: "init.near" })

  expect(await isStaked(own.options)).toBe(false)
  expect(await isStaked(anothers.options)).toBe(true)
})

test("a worker stops though the chain is silent", async () => {
  const register = fakeRegister({ room: 1 })
  register.isDown = true

  await expect(leave(register.options)).resolves.toBeUndefined()
})

/** With room for so many keys beside the old one; says what the contract says. */
function fakeRegister({ room, initAccount = "init.near" }: { room: number; initAccount?: string }) {
  const keys: string[] = []
  const register = { isDown: false, called: [] as string[], options: undefined as never }
  const views: Record<string, () => unknown> = {
    get_config: () => ({ init_account_id: initAccount }),
    get_worker: () => ({ ...describe(KEY), keys: [OLD, ...keys].map(describe) }),
  }
  const calls: Record<string, () => unknown> = {
    begin_registration: () => ({ nonce: "ab".repeat(32), network: "n", register: "register.near" }),
    register_worker_key() {
      if (keys.length >= room) {
        throw new Error(
          "allowance_used_up: operator.near has staked 10, and its keys have 10 for gas: deactivate one, or stake more",
        )
      }
      keys.push(KEY)
    },
    deactivate_worker: () => void keys.pop(),
  }
  const options = {
    chain: {
      view: async (_: string, method: string) => views[method]?.(),
      async send(method: string) {
        if (register.isDown) throw new Error("no answer")
        register.called.push(method)
        try {
          const value = JSON.stringify(calls[method]?.()) ?? ""
          return { value: Buffer.from(value).toString("base64") }
        } catch (error) {
          // As nodes write what a contract panicked with.
          const ExecutionError = `Smart contract panicked: ${String(error)}`
          return { failure: { ActionError: { kind: { FunctionCallError: { ExecutionError } } } } }
        }
      },
    },
    payer: {
      accountId: "operator.near",
      sign: async ({ method }: { method: string }) => ({ signedTxBase64: method }),
      forgetNonce: () => {},
    },
    dstack: { getQuote: async () => ({ quote: new Uint8Array(8), eventLog: [] }) },
    registerId: "register.near",
    publicKey: KEY,
    log: createLogger("test", "silent"),
  }
  // The parts that a registration uses.
  return Object.assign(register, { options: options as unknown as RegistrationOptions })

  function describe(public_key: string) {
    return {
      account_id: "operator.near",
      public_key,
      measurement: "ab".repeat(32),
      expires_at_ns: LIVE_NS,
      is_live: true,
      reason: null,
      root: "test",
    }
  }
}
