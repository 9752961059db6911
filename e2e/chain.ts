/** What stories do to the chain beside what a user of OutLayer does. */
import { readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { createAccount, send, setUpRegister } from "@outlayer/stack"
import { type Account, actions, nearToYocto } from "near-api-js"
import { z } from "zod"
import type { System } from "./system.ts"

const CONTRACTS = fileURLToPath(new URL("../contract/res/", import.meta.url))
const GAS = 100n * 10n ** 12n

/** Throws what the chain says when it fails. */
export async function call(
  from: Account,
  contractId: string,
  method: string,
  args: object,
  depositYocto = 0n,
): Promise<void> {
  await send(from, {
    receiverId: contractId,
    actions: [actions.functionCall(method, args, GAS, depositYocto)],
    waitUntil: "FINAL",
    throwOnFailure: true,
  })
}

/** A token, a collection and a DAO of the account's own. */
export async function deployAssets(account: Account): Promise<void> {
  const owner = { owner_id: account.accountId }
  await send(account, {
    receiverId: account.accountId,
    actions: [
      actions.deployContract(await readFile(`${CONTRACTS}test_assets_contract.wasm`)),
      actions.functionCall(
        "new",
        {
          ft: { ...owner, total_supply: "1000" },
          nft: owner,
          dao: { ...owner, config: {}, policy: [account.accountId] },
        },
        GAS,
        0n,
      ),
    ],
    waitUntil: "FINAL",
    throwOnFailure: true,
  })
}

/** Another register, set up as the first is; that nobody but its owner uses yet. */
export async function deployRegister({ accounts, machines, provider }: System): Promise<Account> {
  const { root, outlayer, tee } = accounts
  if (!tee || !machines) throw new Error("There are no machines")
  const register = await createAccount(root, provider, "other-register", 1_000)
  const args = {
    outlayer_contract_id: outlayer.accountId,
    init_account_id: tee.init.accountId,
    test_root_certificate: machines.rootCertificate,
  }
  await send(register, {
    receiverId: register.accountId,
    actions: [
      actions.deployContract(await readFile(`${CONTRACTS}register_contract.wasm`)),
      actions.functionCall("new", args, GAS, 0n),
    ],
    waitUntil: "FINAL",
    throwOnFailure: true,
  })
  await setUpRegister({ ...tee, register }, machines)
  return register
}

/** What only a chain for tests can do, hence not by near-api-js. */
export async function sandbox({ chain }: System, method: string, params: object): Promise<void> {
  const call = { jsonrpc: "2.0", id: 1, method: `sandbox_${method}`, params }
  const headers = { "content-type": "application/json" }
  const reply = await fetch(chain.url, { method: "POST", headers, body: JSON.stringify(call) })
  z.object({ result: z.unknown() })
    .required()
    .parse(await reply.json())
}

export const ONE_YOCTO = 1n
export const STORAGE = nearToYocto("0.1")
