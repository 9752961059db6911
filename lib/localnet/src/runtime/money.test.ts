import { type Action, actions, KeyPair } from "near-api-js"
import { expect, test } from "vitest"
import { functionCall, NEAR, TestChain, TGAS } from "../testing/test-chain.ts"

const CONTRACTS = ["one.test.near", "two.test.near"]
const PEOPLE = ["ann.test.near", "ben.test.near", "cem.test.near"]
const EVERYBODY = [...CONTRACTS, ...PEOPLE, "nobody.test.near"]
const METHODS = [
  "answer",
  "ask",
  "ask_for_failure",
  "ask_twice",
  "fail",
  "pay",
  "pay_and_fail",
  "resume",
  "share_gas",
  "start",
  "start_detached",
  "start_and_fail",
  "write",
  "write_and_fail",
  "missing_method",
]

test.each([1, 2, 3])(
  "supply changes by burnt tokens alone (seed %i)",
  async (seed) => {
    const pick = picker(seed)
    const chain = new TestChain({ yieldTimeoutBlocks: 20 })
    for (const id of CONTRACTS) await chain.createContract(id, 20n * NEAR)
    for (const id of PEOPLE) await chain.createAccount(id, 30n * NEAR)

    let refused = 0
    const wrong: string[] = []
    for (let step = 0; step < 150; step++) {
      const [signer, receiver, list] = randomTransaction(pick)
      await chain.send(signer, receiver, list).catch(() => (refused += 1))
      if (pick(3) === 0) continue
      const before = chain.chain.head.totalSupply
      const { applied, totalSupply, height } = chain.chain.produce()
      const isRight = totalSupply === before - applied.supplyBurnt
      if (!isRight || chain.allMoney() !== totalSupply) wrong.push(`block ${height}`)
    }
    chain.produce(30)
    chain.settle()

    expect(chain.allMoney()).toBe(chain.chain.head.totalSupply)
    expect(refused).toBeLessThan(100)
  },
  60_000,
)

function randomTransaction(pick: Pick): [signer: string, receiver: string, list: Action[]] {
  const signer = oneOf(pick, [...PEOPLE, ...CONTRACTS])
  const key = KeyPair.fromRandom("ed25519").getPublicKey()
  switch (pick(8)) {
    case 0:
      return [signer, oneOf(pick, EVERYBODY), [actions.transfer(BigInt(pick(1000)) * 10n ** 20n)]]
    case 1: {
      const id = Buffer.from(key.data).toString("hex")
      return [signer, id, [actions.transfer(BigInt(1 + pick(100)) * 10n ** 21n)]]
    }
    case 2: {
      const list = [actions.createAccount(), actions.transfer(NEAR / 10n), functionCall("answer")]
      return [signer, `new${pick(1000)}.${signer}`, list.slice(0, 1 + pick(3))]
    }
    case 3:
      return [signer, signer, [actions.addFunctionCallAccessKey(key, "x.near", ["a"], NEAR)]]
    case 4:
      return [signer, oneOf(pick, EVERYBODY), [actions.addFullAccessKey(key)]]
    default: {
      const gas = BigInt(1 + pick(150)) * TGAS
      const deposit = pick(2) === 0 ? 0n : BigInt(pick(1000)) * 10n ** 21n
      const target = oneOf(pick, EVERYBODY)
      return [
        signer,
        oneOf(pick, CONTRACTS),
        [functionCall(oneOf(pick, METHODS), target, gas, deposit)],
      ]
    }
  }
}

type Pick = (below: number) => number

function oneOf<Value>(pick: Pick, values: readonly [Value, ...Value[]] | readonly Value[]): Value {
  const value = values[pick(values.length)]
  if (value === undefined) throw new Error("nothing to choose from")
  return value
}

/** A linear congruential sequence: the same transactions for the same seed. */
function picker(seed: number): Pick {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 8) % below
  }
}
