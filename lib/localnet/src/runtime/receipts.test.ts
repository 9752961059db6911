import { type Action, actions, buildDelegateAction, KeyPair, KeyPairSigner } from "near-api-js"
import { describe, expect, test } from "vitest"
import { functionCall, NEAR, resultOf, TestChain, TGAS } from "../testing/test-chain.ts"

const ALICE = "alice.test.near"
const CONTRACT = "contract.test.near"
const OTHER = "other.test.near"

describe("promises", () => {
  test("a callback sees what the other contract answered", async () => {
    const chain = await withContracts()

    const status = await chain.call("test.near", CONTRACT, "ask", OTHER)

    expect(resultOf(status)).toBe("42")
    expect(status.receipts.flatMap(({ done }) => done.outcome.logs)).toContain("42")
  })

  test("a callback sees that the other contract failed, and the caller is not undone", async () => {
    const chain = await withContracts()

    const status = await chain.call("test.near", CONTRACT, "ask_for_failure", OTHER)

    expect(resultOf(status)).toBe("failed")
    const failed = status.receipts.find(({ done }) => done.outcome.status.kind === "failure")
    expect(failed?.done.outcome.logs).toEqual(["fail"])
  })

  test("a joint promise waits for both, one of which fails", async () => {
    const chain = await withContracts()

    const status = await chain.call("test.near", CONTRACT, "ask_twice", OTHER)

    expect(resultOf(status)).toBe("2")
  })

  test("each hop takes a block, and a call to oneself none", async () => {
    const chain = await withContracts()

    const asked = await chain.call("test.near", CONTRACT, "ask", OTHER)
    const own = await chain.call(CONTRACT, CONTRACT, "answer")

    const heights = asked.receipts
      .filter(({ done }) => done.receipt.predecessorId !== "system")
      .map(({ block }) => block.height - asked.transaction.block.height)
    expect(heights.toSorted((a, b) => a - b)).toEqual([1, 2, 3])
    expect(own.receipts[0]?.block.height).toBe(own.transaction.block.height)
  })

  test("a failing call keeps its logs and nothing else", async () => {
    const chain = await withContracts()

    const status = await chain.call("test.near", CONTRACT, "write_and_fail", "key", { deposit: 5n })

    expect(resultOf(status)).toContain("Smart contract panicked: explicit guest panic")
    expect(chain.data(CONTRACT, "key")).toBeUndefined()
  })

  test("gas left over is shared by weight", async () => {
    const chain = await withContracts()

    const status = await chain.call("test.near", CONTRACT, "share_gas", "", { gas: 100n * TGAS })

    const shared = status.receipts.flatMap(({ done }) => {
      return done.receipt.predecessorId === CONTRACT ? done.receipt.actions : []
    })
    const [one = 0n, three = 0n] = shared.map((a) => (a.type === "function_call" ? a.gas : 0n))
    expect(three / one).toBe(3n)
    const { gasBurnt } = status.receipts[0]?.done.outcome ?? { gasBurnt: 0n }
    expect(one + three).toBeGreaterThan(90n * TGAS)
    expect(one + three + gasBurnt).toBeLessThan(103n * TGAS)
  })

  test("data comes before or after the receipt that waits: both work", async () => {
    const chain = await withContracts()

    const status = await chain.call("test.near", CONTRACT, "ask", CONTRACT)

    expect(resultOf(status)).toBe("42")
  })
})

describe("money", () => {
  test("a deposit of a failed call returns, and unused gas with it", async () => {
    const chain = await withContracts()
    await chain.createAccount(ALICE, 10n * NEAR)

    const status = await chain.call(ALICE, CONTRACT, "fail", "", { deposit: 3n * NEAR })

    const burnt = [status.transaction.done, ...status.receipts.map(({ done }) => done)]
    const fees = burnt.reduce((sum, { outcome }) => sum + outcome.tokensBurnt, 0n)
    expect(chain.account(ALICE)?.amount).toBe(10n * NEAR - fees)
  })

  test("the contract earns 30 % of what its call burnt", async () => {
    const chain = await withContracts()
    const before = chain.account(CONTRACT)?.amount ?? 0n

    const status = await chain.call("test.near", CONTRACT, "answer")

    const { gasBurnt = 0n } = status.receipts[0]?.done.outcome ?? {}
    const calling = 108_059_500_000n + 780_000_000_000n + 2_235_934n * 6n
    const reward = (((gasBurnt - calling) * 3n) / 10n) * 100_000_000n
    expect((chain.account(CONTRACT)?.amount ?? 0n) - before).toBe(reward)
  })

  test("a transfer costs what NEAR's fees say", async () => {
    const chain = new TestChain()
    await chain.createAccount(ALICE, 10n * NEAR)
    const { transaction, receipts } = await chain.run(ALICE, "test.near", [actions.transfer(NEAR)])

    const gas = 108_059_500_000n + 115_123_062_500n
    expect(transaction.done.outcome.gasBurnt).toBe(gas)
    expect(receipts[0]?.done.outcome.gasBurnt).toBe(gas)
    expect(chain.account(ALICE)?.amount).toBe(9n * NEAR - 2n * gas * 100_000_000n)
  })

  test("making an account costs 0.007 NEAR beside the transaction", async () => {
    const chain = new TestChain()
    await chain.createAccount(ALICE, 10n * NEAR)
    const before = chain.account(ALICE)?.amount ?? 0n

    const { transaction } = await chain.run(ALICE, `sub.${ALICE}`, [
      actions.createAccount(),
      actions.transfer(NEAR),
    ])

    const spent = before - NEAR - (chain.account(ALICE)?.amount ?? 0n)
    expect(spent - transaction.done.outcome.tokensBurnt).toBe(7n * 10n ** 21n)
  })

  test("a call that stores more than its balance holds is taken back", async () => {
    const chain = new TestChain()
    await chain.createContract(CONTRACT, NEAR / 32n)
    const status = await chain.call("test.near", CONTRACT, "write", "k".repeat(2000), {
      gas: 200n * TGAS,
    })

    expect(resultOf(status)).toContain("LackBalanceForState")
    expect(chain.data(CONTRACT, "k".repeat(2000))).toBeUndefined()
  })

  test("a promise pays from the contract's balance, but not when the call fails", async () => {
    const chain = await withContracts()
    await chain.createAccount(ALICE, NEAR)

    await chain.call("test.near", CONTRACT, "pay", ALICE)
    expect(chain.account(ALICE)?.amount).toBe(NEAR + 10n ** 21n)

    await chain.call("test.near", CONTRACT, "pay_and_fail", ALICE)
    expect(chain.account(ALICE)?.amount).toBe(NEAR + 10n ** 21n)
  })

  test("money for a missing account returns to the contract that sent it", async () => {
    const chain = await withContracts()
    const before = chain.account(CONTRACT)?.amount ?? 0n

    const status = await chain.call("test.near", CONTRACT, "pay", "nobody.test.near")

    const failure = status.receipts.find(({ done }) => done.outcome.status.kind === "failure")
    expect(failure?.done.outcome.status).toMatchObject({
      error: {
        ActionError: {
          index: 0,
          kind: { AccountDoesNotExist: { account_id: "nobody.test.near" } },
        },
      },
    })
    expect(chain.account(CONTRACT)?.amount).toBeGreaterThanOrEqual(before)
  })
})

describe("keys", () => {
  test("a function-call key pays gas from its allowance and gets unused gas back", async () => {
    const chain = await withContracts()
    const key = await limitedKey(chain, 250n * 10n ** 21n)

    const status = await chain.call(ALICE, CONTRACT, "answer", "", { gas: 100n * TGAS })

    const spent = [status.transaction, ...status.receipts]
      .map(({ done }) => done.outcome.tokensBurnt)
      .reduce((sum, burnt) => sum + burnt, 0n)
    expect(chain.accessKey(ALICE, key.getPublicKey())?.permission).toMatchObject({
      allowance: 250n * 10n ** 21n - spent,
    })
  })

  test("an allowance of 0.25 NEAR does not buy 300 Tgas", async () => {
    const chain = await withContracts()
    await limitedKey(chain, 250n * 10n ** 21n)

    await expect(chain.call(ALICE, CONTRACT, "answer", "", { gas: 300n * TGAS })).rejects.toThrow(
      "NotEnoughAllowance",
    )
    const fits = await chain.call(ALICE, CONTRACT, "answer", "", { gas: 240n * TGAS })
    expect(resultOf(fits)).toBe("42")
  })

  test.each([
    ["another method", CONTRACT, [functionCall("fail")], "MethodNameMismatch"],
    ["another contract", OTHER, [functionCall("answer")], "ReceiverMismatch"],
    ["a deposit", CONTRACT, [functionCall("answer", "", TGAS, 1n)], "DepositWithFunctionCall"],
    ["a transfer", CONTRACT, [actions.transfer(1n)], "RequiresFullAccess"],
    ["two calls", CONTRACT, [functionCall("answer"), functionCall("answer")], "RequiresFullAccess"],
  ])("a function-call key is refused %s", async (_, receiver, list, error) => {
    const chain = await withContracts()
    await limitedKey(chain, undefined)

    await expect(chain.run(ALICE, receiver, list)).rejects.toThrow(error)
  })

  test("a nonce is used once, and never by a key that is added again", async () => {
    const chain = new TestChain()
    const first = await chain.sign("test.near", "test.near", [actions.transfer(1n)])
    chain.chain.submit(first)
    chain.settle()
    const again = { ...first, hash: "00".repeat(32) }

    expect(chain.chain.submit(first)).toBeUndefined()
    expect(chain.chain.submit(again)).toMatchObject({ error: "InvalidSignature" })
    await chain.createAccount(ALICE, NEAR)
    const key = KeyPair.fromRandom("ed25519").getPublicKey()
    await chain.run(ALICE, ALICE, [actions.addFullAccessKey(key)])
    const { nonce = 0n } = chain.accessKey(ALICE, key) ?? {}
    expect(nonce % 1_000_000n).toBe(0n)
    expect(nonce).toBeGreaterThan(0n)
  })
})

describe("accounts", () => {
  test("only the parent makes a sub-account, and only the registrar a top-level one", async () => {
    const chain = new TestChain()
    await chain.createAccount(ALICE, NEAR)

    const foreign = await chain.run(ALICE, "bob.test.near", [actions.createAccount()])
    const top = await chain.run(ALICE, "bob", [actions.createAccount()])

    expect(resultOf(foreign)).toContain("CreateAccountNotAllowed")
    expect(resultOf(top)).toContain("CreateAccountOnlyByRegistrar")
  })

  test("an implicit account is made by a transfer and then used with its key", async () => {
    const chain = new TestChain()
    const key = KeyPair.fromRandom("ed25519")
    const id = Buffer.from(key.getPublicKey().data).toString("hex")

    await chain.run("test.near", id, [actions.transfer(NEAR)])
    chain.useKey(id, key)
    const status = await chain.run(id, "test.near", [actions.transfer(NEAR / 2n)])

    expect(resultOf(status)).toBe("")
    expect(chain.account(id)?.storageUsage).toBe(182n)
  })

  test("a deleted account leaves its money to the beneficiary", async () => {
    const chain = new TestChain()
    await chain.createAccount(ALICE, 5n * NEAR)
    await chain.createAccount("heir.test.near", NEAR)

    await chain.run(ALICE, ALICE, [actions.deleteAccount("heir.test.near")])

    expect(chain.account(ALICE)).toBeUndefined()
    const inherited = (chain.account("heir.test.near")?.amount ?? 0n) - NEAR
    expect(inherited).toBeGreaterThan((499n * NEAR) / 100n)
    expect(chain.allMoney()).toBe(chain.chain.head.totalSupply)
  })

  test("nobody else may add a key, deploy or delete", async () => {
    const chain = new TestChain()
    await chain.createAccount(ALICE, NEAR)
    const key = KeyPair.fromRandom("ed25519").getPublicKey()

    const lists = [
      [actions.addFullAccessKey(key)],
      [actions.deployContract(new Uint8Array(4))],
      [actions.deleteAccount("test.near")],
    ]
    for (const list of lists) {
      expect(resultOf(await chain.run("test.near", ALICE, list))).toContain("ActorNoPermission")
    }
  })

  test("a call to an account without code or to none at all fails by name", async () => {
    const chain = new TestChain()
    await chain.createAccount(ALICE, NEAR)

    const noCode = await chain.call("test.near", ALICE, "answer")
    const nobody = await chain.call("test.near", "nobody.near", "answer")

    expect(resultOf(noCode)).toContain("CodeDoesNotExist")
    expect(resultOf(nobody)).toContain("AccountDoesNotExist")
  })
})

describe("a delegate action", () => {
  test("is paid by the relayer and done by its signer", async () => {
    const { chain, delegate } = await withDelegate()
    const before = chain.account(ALICE)?.amount ?? 0n

    const action = await delegate([functionCall("answer"), actions.transfer(NEAR)], CONTRACT)
    const status = await chain.run("relayer.test.near", ALICE, [action])

    const done = status.receipts.find(({ done: { receipt } }) => receipt.receiverId === CONTRACT)
    expect(done?.done.receipt).toMatchObject({
      predecessorId: ALICE,
      signerId: "relayer.test.near",
    })
    expect(done?.done.outcome.logs).toEqual(["42"])
    expect(chain.account(ALICE)?.amount).toBe(before)
    expect(chain.allMoney()).toBe(chain.chain.head.totalSupply)
  })

  test("is done once, for its own account, in time", async () => {
    const { chain, delegate } = await withDelegate()
    const send = async (receiver: string, action: Action) => {
      return resultOf(await chain.run("relayer.test.near", receiver, [action]))
    }
    const action = await delegate([actions.transfer(1n)], CONTRACT)
    const late = await delegate([actions.transfer(1n)], CONTRACT, 1n)

    expect(await send(ALICE, action)).toBe("")
    expect(await send(ALICE, action)).toContain("DelegateActionInvalidNonce")
    expect(await send(OTHER, action)).toContain("DelegateActionSenderDoesNotMatchTxReceiver")
    expect(await send(ALICE, late)).toContain("DelegateActionExpired")
  })
})

async function withDelegate() {
  const chain = await withContracts()
  await chain.createAccount("relayer.test.near", 10n * NEAR)
  const key = await chain.createAccount(ALICE, NEAR)
  const publicKey = key.getPublicKey()
  let nonce = chain.accessKey(ALICE, publicKey)?.nonce ?? 0n
  const delegate = async (list: Action[], receiverId: string, maxBlockHeight = 10_000n) => {
    const plain = {
      senderId: ALICE,
      receiverId,
      actions: list,
      nonce: ++nonce,
      maxBlockHeight,
      publicKey,
    }
    const { signedDelegate } = await new KeyPairSigner(key).signDelegateAction(
      buildDelegateAction(plain),
    )
    return actions.signedDelegate(signedDelegate)
  }
  return { chain, delegate }
}

async function withContracts(): Promise<TestChain> {
  const chain = new TestChain()
  await chain.createContract(CONTRACT)
  await chain.createContract(OTHER)
  return chain
}

/** Alice's only key that the chain will use: for `answer` of the contract. */
async function limitedKey(chain: TestChain, allowance: bigint | undefined): Promise<KeyPair> {
  await chain.createAccount(ALICE, 5n * NEAR)
  const key = KeyPair.fromRandom("ed25519")
  await chain.run(ALICE, ALICE, [
    actions.addFunctionCallAccessKey(key.getPublicKey(), CONTRACT, ["answer"], allowance),
  ])
  chain.useKey(ALICE, key)
  return key
}
