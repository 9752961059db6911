import { LIMITS } from "@outlayer/protocol/pure"
import { beforeEach, expect, test } from "vitest"
import { FakeContract, PAYMENT, USE } from "./fake-contract.ts"
import { freeBalance } from "./stake.ts"

const PRICE = BigInt(LIMITS.storageYoctoPerByte)
const LONGEST = { Text: "\u0001".repeat(LIMITS.outputBytes) }
const DONE = { success: true, output: null, error: null, resources_used: USE }

let contract: FakeContract

beforeEach(() => {
  contract = new FakeContract()
})

test("a text is kept as long as it is, not as its JSON, and reaches the caller whole", () => {
  const id = contract.request()
  contract.submitAndResolve(id, { output: LONGEST })

  const kept = contract.host.records.get(`o${id}`) ?? ""
  expect(kept.length).toBeLessThan(LIMITS.outputBytes + 200)
  expect(JSON.parse(contract.callBack(id) ?? "")).toBe(LONGEST.Text)
})

test("half a NEAR covers the longest answer of a contract that has nothing free", () => {
  const longest = Buffer.alloc(LIMITS.outputBytes).toString("base64")
  const note = "\u0001".repeat(LIMITS.compilationNoteBytes)
  for (const submitted of [false, true]) {
    const id = contract.request({}, 5n * PAYMENT)
    setFree(0n)
    if (submitted) {
      contract.submit(id, { Bytes: longest })
      contract.resolve(id, DONE)
    } else {
      contract.submitAndResolve(id, { output: { Bytes: longest }, compilation_note: note })
    }
    expect(contract.callBack(id)).toBe(`"${longest}"`)
  }
  expect(contract.state.paidBytes).toBe(0)
})

test("the least payment gets a short answer of a contract that has nothing free", () => {
  const limits = { max_instructions: 1, max_execution_seconds: 1, max_compile_seconds: 1 }
  const ask = (payment: bigint) => contract.request({ resource_limits: limits }, payment)
  const tooLittle = 12n * 10n ** 21n
  const least = BigInt(/required (\d+)/.exec(messageOf(() => ask(tooLittle)))?.[1] ?? 0)
  expect(() => ask(least - 1n)).toThrow("to store the request until it is answered")
  const id = ask(least)
  setFree(0n)
  contract.host.account -= least

  const error = { code: "trap", message: "m".repeat(500) }
  const response = { success: false, output: null, error, resources_used: USE }
  contract.resolve(id, { ...response, compilation_note: "n".repeat(380) })

  const { host } = contract
  expect(host.storageUsage() * PRICE).toBeLessThanOrEqual(least)
  expect(contract.callBack(id)).toBe("null")
})

test("beyond its payment an answer takes what is free, and waits where there is too little", () => {
  const id = contract.request()
  const settle = () => contract.submitAndResolve(id, { output: LONGEST })
  setFree(0n)
  const before = new Map(contract.host.records)

  expect(settle).toThrow(/^The contract has \d+ yoctoNEAR too few to keep this answer/)
  expect(contract.host.records).toEqual(before)
  const lacks = lackOf(settle)
  setFree(lacks - 1n)
  expect(lackOf(settle)).toBe(1n)
  setFree(lacks)
  settle()

  expect(freeBalance(contract.state, contract.host)).toBe(0n)
  expect(lacks).toBeGreaterThan(2n * PAYMENT)
  contract.callBack(id)
  expect(freeBalance(contract.state, contract.host)).toBeGreaterThanOrEqual(lacks)
})

test("large requests of one sender leave what is free to the answers of others", () => {
  const id = contract.request()
  setFree(3n * PAYMENT)

  for (let count = 0; count < 5; count += 1)
    pay(6n * PAYMENT + PAYMENT, { input_data: "x".repeat(65_536) })

  expect(freeBalance(contract.state, contract.host)).toBeGreaterThan(3n * PAYMENT - PAYMENT / 10n)
  contract.submitAndResolve(id, { output: { Text: "x".repeat(LIMITS.outputBytes) } })
})

test("through whatever happens the balance stakes all bytes and pays all refunds", () => {
  for (let round = 0; round < 60; round += 1) {
    contract = new FakeContract()
    contract.host.account = (PAYMENT * BigInt(below(5))) / 2n
    const open: number[] = []
    for (let step = 0; step < 60; step += 1) {
      const id = open[below(open.length)]
      const move = below(5)
      if (id === undefined || move === 0) {
        const input = { input_data: "é".repeat(below(2) * below(30_000)) }
        open.push(pay(PAYMENT * BigInt(7 + below(3)), input))
      } else if (move === 1) attempt(() => contract.submit(id, LONGEST))
      else if (move === 2) attempt(() => contract.resolve(id, DONE))
      else if (move === 3) {
        attempt(() =>
          contract.submitAndResolve(id, { output: { Text: "é".repeat(below(16_000)) } }),
        )
      } else {
        contract.callBack(id)
        open.splice(open.indexOf(id), 1)
        for (const { amount } of contract.host.transfers.splice(0)) contract.host.account -= amount
      }
      const { host, state } = contract
      expect(host.account).toBeGreaterThanOrEqual(host.storageUsage() * PRICE)
      expect(freeBalance(state, host)).toBeGreaterThanOrEqual(-smallBytes() * PRICE)
    }
    for (const id of open) contract.callBack(id)
    expect(contract.state.paidBytes).toBe(0)
    expect(contract.host.records.size).toBe(0)
  }
})

/** Makes a request whose payment arrives in the account. */
function pay(payment: bigint, more: object): number {
  contract.host.account += payment
  return contract.request(more, payment)
}

/** Staked by payments, and not in what is noted of them: counts, and short answers. */
function smallBytes(): bigint {
  const { host } = contract
  const all = host.storageUsage()
  const records = [...host.records]
  host.records = new Map(
    records.filter(([key, value]) => !key.startsWith("n") && !/^s.*\n$/.test(value)),
  )
  const rest = host.storageUsage()
  host.records = new Map(records)
  return all - rest
}

function setFree(amount: bigint): void {
  contract.host.account += amount - freeBalance(contract.state, contract.host)
}

function lackOf(call: () => void): bigint {
  return BigInt(/has (\d+) yocto/.exec(messageOf(call))?.[1] ?? 0)
}

function messageOf(call: () => void): string {
  try {
    call()
  } catch (error) {
    return String(error)
  }
  return ""
}

function attempt(call: () => void): void {
  try {
    call()
  } catch {
    // Refused: as good as any other move.
  }
}

function below(end: number): number {
  return Math.floor(Math.random() * end)
}
