import { Account, actions, JsonRpcProvider, KeyPair, KeyPairSigner, nearToYocto } from "near-api-js"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type Localnet, startLocalnet } from "../start-localnet.ts"
import { testContract } from "../testing/test-contract.ts"

let localnet: Localnet
let provider: JsonRpcProvider
let root: Account
let contract: Account

beforeAll(async () => {
  localnet = await startLocalnet()
  provider = new JsonRpcProvider({ url: localnet.url }, { retries: 1, backoff: 1, wait: 1 })
  root = accountOf(
    localnet.rootAccountId,
    KeyPair.fromString(localnet.rootSecretKey as `ed25519:${string}`),
  )
  contract = await newAccount("contract")
  await contract.deployContract(await testContract())
})

afterAll(() => localnet[Symbol.asyncDispose]())

describe("near-api-js, unmodified", () => {
  test("makes an account and reads it", async () => {
    const alice = await newAccount("alice")

    const { balance, codeHash, storageUsage } = await alice.getState()

    expect(balance.total).toBe(nearToYocto(10))
    expect(codeHash).toBe("11111111111111111111111111111111")
    expect(storageUsage).toBe(182)
  })

  test("signs with secp256k1", async () => {
    const account = await newAccount("secp")
    const key = KeyPair.fromRandom("secp256k1")
    await account.addFullAccessKey(key.getPublicKey())

    const outcome = await accountOf(account.accountId, key).transfer({
      receiverId: "test.near",
      amount: 5n,
    })

    expect(outcome.status).toEqual({ SuccessValue: "" })
  })

  test("deploys, calls and views", async () => {
    const called = await root.callFunctionRaw({
      contractId: contract.accountId,
      methodName: "write",
      args: text("k"),
    })
    const answer = await contract.callFunctionRaw({
      contractId: contract.accountId,
      methodName: "answer",
      args: {},
    })
    const viewed = await view("answer")
    const code = await provider.viewContractCode({ contractId: contract.accountId })

    expect(called.status).toEqual({ SuccessValue: "" })
    expect(answer.receipts_outcome[0]?.outcome.logs).toEqual(["42"])
    expect(viewed).toBe(42)
    expect(code.code).toEqual(await testContract())
  })

  test("sees gas, and where it went, as the chain counts it", async () => {
    const outcome = await call("answer")

    const called = outcome.receipts_outcome[0]?.outcome
    expect(called?.tokens_burnt).toBe(String(BigInt(called?.gas_burnt ?? 0) * 100_000_000n))
    const costs = called?.metadata?.gas_profile?.map(({ cost }) => cost)
    expect(costs).toEqual(
      expect.arrayContaining(["CONTRACT_LOADING_BYTES", "LOG_BASE", "WASM_INSTRUCTION"]),
    )
  })

  test("rejects what a contract panics with", async () => {
    await expect(
      root.callFunction({ contractId: contract.accountId, methodName: "fail", args: {} }),
    ).rejects.toThrow("Smart contract panicked: explicit guest panic")
    await expect(view("write")).rejects.toThrow("ProhibitedInView")
    await expect(view("nothing")).rejects.toThrow("method is not found")
  })

  test("knows each error by its class", async () => {
    const key = KeyPair.fromRandom("ed25519").getPublicKey()
    const stranger = accountOf("alice.test.near", KeyPair.fromRandom("ed25519"))

    await expect(provider.viewAccount({ accountId: "nobody.near" })).rejects.toMatchObject({
      name: "AccountDoesNotExistError",
    })
    await expect(
      provider.viewAccessKey({ accountId: "test.near", publicKey: key }),
    ).rejects.toThrow("does not exist")
    await expect(
      provider.viewContractCode({ contractId: "alice.test.near" }),
    ).rejects.toMatchObject({ name: "ContractCodeDoesNotExistError" })
    await expect(provider.viewBlock({ blockId: 999_999 })).rejects.toMatchObject({
      name: "UnknownBlockError",
    })
    await expect(stranger.transfer({ receiverId: "test.near", amount: 1n })).rejects.toThrow(
      "does not exist",
    )
    await expect(
      root.transfer({ receiverId: "test.near", amount: 10n ** 34n }),
    ).rejects.toMatchObject({ name: "NotEnoughBalanceError" })
  })

  test("manages function-call keys", async () => {
    const account = await newAccount("keys")
    const key = KeyPair.fromRandom("ed25519")
    const { accountId: receiverId } = contract
    await account.signAndSendTransaction({
      receiverId: account.accountId,
      actions: [
        actions.addFunctionCallAccessKey(
          key.getPublicKey(),
          receiverId,
          ["answer"],
          nearToYocto(1),
        ),
      ],
    })
    const limited = accountOf(account.accountId, key)

    await limited.callFunctionRaw({ contractId: receiverId, methodName: "answer", args: {} })
    const seen = await provider.viewAccessKey({
      accountId: account.accountId,
      publicKey: key.getPublicKey(),
    })
    await account.deleteKey(key.getPublicKey())

    expect(seen.permission).toMatchObject({
      FunctionCall: { method_names: ["answer"], receiver_id: receiverId },
    })
    const { keys } = await account.getAccessKeyList()
    expect(keys).toHaveLength(1)
  })

  test("waits as far as it was told", async () => {
    const sent = await provider.sendTransactionUntil(await signed("start"), "NONE")
    const pending = await provider.sendTransactionUntil(await signed("start"), "INCLUDED_FINAL")
    const done = await provider.sendTransactionUntil(await signed("answer"), "FINAL")

    expect(sent.final_execution_status).toBe("NONE")
    expect(pending.final_execution_status).toBe("INCLUDED_FINAL")
    expect(pending.status).toBe("Started")
    expect(done.final_execution_status).toBe("FINAL")
  })

  test("finds a receipt that still waits", async () => {
    const { hash } = (await provider.sendTransactionUntil(await signed("start"), "INCLUDED_FINAL"))
      .transaction
    const find = () =>
      provider.viewTransactionStatus({
        txHash: hash,
        accountId: "test.near",
        waitUntil: "INCLUDED",
      })
    await expect.poll(async () => (await find()).receipts_outcome).not.toHaveLength(0)
    const [yielded = ""] = (await find()).receipts_outcome[0]?.outcome.receipt_ids ?? []

    const receipt = await provider.viewTransactionReceipt(yielded)

    expect(receipt.receipt).toMatchObject({ Action: { is_promise_yield: true } })
  })

  test("sends the same transaction twice and gets one result", async () => {
    const transaction = await signed("answer")

    const first = await provider.sendTransaction(transaction)
    const second = await provider.sendTransaction(transaction)

    expect(second.transaction_outcome).toEqual(first.transaction_outcome)
  })

  test("follows a transaction, its receipts and a block's chunks and changes", async () => {
    const { transaction, transaction_outcome } = await call("write", "changed")
    const status = await provider.viewTransactionStatusWithReceipts({
      txHash: transaction.hash,
      accountId: "test.near",
      waitUntil: "FINAL",
    })
    const executed = status.receipts_outcome[0]
    const receipt = await provider.viewTransactionReceipt(executed?.id ?? "")
    const block = await provider.viewBlock({ blockId: transaction_outcome.block_hash })
    const chunk = await provider.viewChunk(block.chunks[0]?.chunk_hash ?? "")
    const where = { blockId: executed?.block_hash ?? "" }
    const { changes } = await provider.contractStateChanges([contract.accountId], where, "")

    expect(status).toHaveProperty("receipts", expect.arrayContaining([receipt]))
    expect(chunk.transactions.map(({ hash }) => hash)).toContain(transaction.hash)
    expect(block.header.height).toBe(chunk.header.height_included)
    expect(changes).toHaveLength(1)
    expect(changes[0]).toMatchObject({ type: "data_update", cause: { type: "receipt_processing" } })
  })

  test("reads state of the past by block", async () => {
    const before = await provider.viewBlock({ finality: "final" })
    await root.transfer({ receiverId: contract.accountId, amount: 1n })

    const old = await provider.viewAccount({
      accountId: contract.accountId,
      blockQuery: { blockId: before.header.hash },
    })
    const now = await provider.viewAccount({ accountId: contract.accountId })

    expect(now.amount - old.amount).toBe(1n)
  })

  test("reads status, configuration and prices", async () => {
    const status = await provider.viewNodeStatus()
    const config = await provider.experimental_protocolConfig({ finality: "final" })
    const { gas_price } = await provider.viewGasPrice()
    const { current_validators } = await provider.viewValidators()

    expect(status.protocol_version).toBe(86)
    expect(config.runtime_config?.wasm_config?.limit_config?.yield_timeout_length_in_blocks).toBe(
      200,
    )
    expect(config.runtime_config?.storage_amount_per_byte).toBe("10000000000000000000")
    expect(gas_price).toBe("100000000")
    expect(current_validators[0]?.account_id).toBe("test.near")
  })
})

describe("the wire", () => {
  test("errors have the shapes and codes of nearcore", async () => {
    expect(await post({ method: "nothing", params: [] })).toMatchObject({
      status: 400,
      error: {
        name: "REQUEST_VALIDATION_ERROR",
        code: -32601,
        cause: { name: "METHOD_NOT_FOUND" },
      },
    })
    expect(await post({ method: "query", params: { request_type: "view_account" } })).toMatchObject(
      {
        status: 400,
        error: { name: "REQUEST_VALIDATION_ERROR", code: -32700, cause: { name: "PARSE_ERROR" } },
      },
    )
    const unknown = { request_type: "view_account", account_id: "nobody.near", finality: "final" }
    expect(await post({ method: "query", params: unknown })).toMatchObject({
      status: 200,
      error: {
        name: "HANDLER_ERROR",
        code: -32000,
        cause: { name: "UNKNOWN_ACCOUNT", info: { requested_account_id: "nobody.near" } },
        data: "account nobody.near does not exist while viewing",
      },
    })
    expect(await post({ method: "send_tx", params: ["AAAA"] })).toMatchObject({ status: 400 })
  })

  test("a failing view comes as a result with an error in it, as old clients expect", async () => {
    const params = {
      request_type: "call_function",
      account_id: contract.accountId,
      method_name: "fail",
      args_base64: "",
      finality: "optimistic",
    }
    expect(await post({ method: "query", params })).toMatchObject({
      status: 200,
      result: {
        error:
          'wasm execution failed with error: HostError(GuestPanic { panic_msg: "explicit guest panic" })',
        logs: ["fail"],
      },
    })
  })

  test("nanoseconds keep all their digits", async () => {
    const response = await fetch(localnet.url, {
      method: "POST",
      body: JSON.stringify({
        jsonrpc: "2.0",
        id: 1,
        method: "block",
        params: { finality: "final" },
      }),
    })
    const body = await response.text()

    const [, number] = /"timestamp":(\d+)/.exec(body) ?? []
    const [, digits] = /"timestamp_nanosec":"(\d+)"/.exec(body) ?? []
    expect(number).toBe(digits)
    expect(response.headers.get("access-control-allow-origin")).toBe("*")
  })
})

async function post(request: object) {
  const response = await fetch(localnet.url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: "x", ...request }),
  })
  return { status: response.status, ...((await response.json()) as object) }
}

async function newAccount(name: string): Promise<Account> {
  const key = KeyPair.fromRandom("ed25519")
  const accountId = `${name}.${localnet.rootAccountId}`
  await root.createAccount({
    newAccountId: accountId,
    publicKey: key.getPublicKey(),
    nearToTransfer: nearToYocto(10),
  })
  return accountOf(accountId, key)
}

function accountOf(id: string, key: KeyPair): Account {
  return new Account(id, provider, new KeyPairSigner(key))
}

function view(method: string) {
  return provider.callFunction({ contractId: contract.accountId, method, args: {} })
}

function call(methodName: string, args = "") {
  return root.callFunctionRaw({ contractId: contract.accountId, methodName, args: text(args) })
}

function signed(methodName: string) {
  const action = actions.functionCall(methodName, new Uint8Array(), 100n * 10n ** 12n, 0n)
  return root.createSignedTransaction({ receiverId: contract.accountId, actions: [action] })
}

const text = (value: string) => new TextEncoder().encode(value)
