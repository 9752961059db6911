import { expect, test } from "vitest"
import { contestClaim, decideClaim, dropClaim, executeClaim, getClaim } from "./claims.ts"
import {
  approve,
  as,
  DAY_NS,
  enterKey,
  type FakeRegister,
  fakeRegister,
  measurementOf,
  NEAR,
  newKey,
  signedCall,
  stakeAs,
  type WorkerKey,
} from "./fake-register.ts"
import { markWithdrawal, onWithdrawalMarked, removeMeasurement } from "./measurements.ts"
import { slash } from "./slash.ts"
import { unstake, withdrawStake } from "./stake.ts"
import { getWorker } from "./views.ts"

const ALICE = "alice.near"
const USE = { instructions: 5, time_ms: 1 }
const success = (request_id: number, output: unknown) => ({
  request_id,
  response: { success: true, output, error: null, resources_used: USE },
})
const failure = (request_id: number, code: string) => ({
  request_id,
  response: { success: false, output: null, error: { code, message: "" }, resources_used: USE },
})

test("two different signed results for one request cost the whole stake, also what is unbonding", () => {
  const { register, key } = staked()
  const { state, host } = register
  as(host, ALICE, () => unstake(state, host, { amount: String(2n * NEAR) }))
  const proof = twoResults(
    signedCall(key, success(7, { Text: "a" })),
    signedCall(key, success(7, { Text: "b" })),
  )

  const result = as(host, "bob.near", () => slash(state, host, { worker: ALICE, proof }))

  expect(result).toEqual({ taken: String(20n * NEAR) })
  expect(host.events("slashed")).toMatchObject([
    { account_id: ALICE, proof: "two_results", request_id: 7, by: "bob.near" },
  ])
  expect(state.owed).toBe(0n)
  expect(getWorker(state, host, { account_id: ALICE })).toBeNull()
  expect(getWorker(state, host, { public_key: key.text })).toBeNull()
  expect(host.receipts.map(({ to }) => to)).toEqual(["register.near", "outlayer.near"])
  expect(() => slash(state, host, { worker: ALICE, proof })).toThrow("not on record")
})

test("a result against a failure of the guest is two results, in either way of settling", () => {
  const { register, key } = staked()
  const { state, host } = register
  const submitted = { request_id: 7, output: { Text: "a" }, success: true, resources_used: USE }
  const proof = twoResults(
    signedCall(key, submitted, { method: "submit_execution_output_and_resolve" }),
    signedCall(key, failure(7, "trap")),
  )

  expect(slash(state, host, { worker: ALICE, proof })).toEqual({ taken: String(20n * NEAR) })
})

test("what proves nothing takes nothing", () => {
  const { register, key } = staked()
  const { state, host } = register
  const stranger = newKey()
  const a = signedCall(key, success(7, { Text: "a" }))
  const b = signedCall(key, success(7, { Text: "b" }))
  const forged = `${a.slice(0, -8)}AAAAAAA=`
  const unproven: [proof: unknown, message: string][] = [
    [twoResults(a, a), "do not settle one request differently"],
    [twoResults(a, signedCall(key, success(8, { Text: "b" }))), "differently"],
    // Ours, and the deadline's, say nothing of what the guest did.
    [twoResults(a, signedCall(key, failure(7, "infrastructure"))), "differently"],
    [twoResults(a, signedCall(key, failure(7, "deadline_exceeded"))), "differently"],
    // The same result, spelled otherwise.
    [
      twoResults(
        signedCall(key, success(7, { Json: { x: 1, y: [2] } })),
        signedCall(key, success(7, { Json: { y: [2], x: 1 } })),
      ),
      "differently",
    ],
    [twoResults(a, signedCall(key, success(7, 1), { receiver: "other.near" })), "differently"],
    [twoResults(a, signedCall(key, success(7, 1), { signer: "alice.near" })), "differently"],
    [twoResults(a, signedCall(key, success(7, 1), { method: "ask" })), "differently"],
    [twoResults(a, signedCall(stranger, success(7, 1))), "not on record"],
    [twoResults(a, forged), "not a signed transaction"],
    [twoResults(a, a.slice(0, 40)), "not a signed transaction"],
    [twoResults(a, ""), "not a signed transaction"],
    [{ two_results: [a] }, "proof must be"],
    [{ two_results: [a, b], use_after_withdrawal: a }, "proof must be"],
    [{ use_after_withdrawal: a }, "no withdrawal"],
    [{ other: a }, "Unknown field"],
  ]
  for (const [proof, message] of unproven) {
    expect(() => slash(state, host, { worker: ALICE, proof })).toThrow(message)
  }
  const proof = twoResults(a, b)
  expect(() => slash(state, host, { worker: "bob.near", proof })).toThrow("the key is of alice")
  expect(state.owed).toBe(20n * NEAR)
})

test("an answer in two calls is one result, and two such answers are two", () => {
  const { register, key } = staked()
  const { state, host } = register
  const output = (text: string) =>
    signedCall(
      key,
      { request_id: 7, output: { Text: text } },
      { method: "submit_execution_output" },
    )
  const rest = signedCall(key, success(7, null))
  const prove = (a: string, b: string) =>
    slash(state, host, { worker: ALICE, proof: twoResults(a, b) })

  expect(() => prove(output("a"), rest)).toThrow("differently")
  expect(() => prove(rest, output("a"))).toThrow("differently")
  expect(prove(output("a"), output("b"))).toEqual({ taken: String(20n * NEAR) })
})

test("the rest of an answer in two calls is no excuse for another answer", () => {
  const { register, key } = staked()
  const { state, host } = register
  const proof = twoResults(
    signedCall(key, success(7, null)),
    signedCall(key, success(7, { Text: "a" })),
  )

  expect(slash(state, host, { worker: ALICE, proof })).toEqual({ taken: String(20n * NEAR) })
})

test("a worker cannot report itself for a yocto, only the owner may be lenient", () => {
  const proofOf = (key: WorkerKey) =>
    twoResults(signedCall(key, success(7, 1)), signedCall(key, success(7, 2)))
  const first = staked()
  const { host, state } = first.register
  const asked = { worker: ALICE, amount: "1", proof: proofOf(first.key) }
  expect(as(host, ALICE, () => slash(state, host, asked))).toEqual({ taken: String(20n * NEAR) })

  const second = staked()
  const lenient = { worker: ALICE, amount: "1", proof: proofOf(second.key) }
  expect(slash(second.register.state, second.register.host, lenient)).toEqual({ taken: "1" })
})

test("settling a request made well after the withdrawal of one's measurement is proven by its id", () => {
  const { register, key, measurement } = staked()
  const { state, host } = register
  as(host, "owner.near", () => removeMeasurement(state, host, measurementOf("a")))
  const proof = (request: number) => ({
    use_after_withdrawal: signedCall(key, success(request, 1)),
  })
  const mark = () => markWithdrawal(state, host, { measurement })

  expect(mark).toThrow("ten minutes")
  host.timeNs += 600_000_000_000n
  mark()
  host.result = JSON.stringify({ next_request_id: 40 })
  onWithdrawalMarked(host, { measurement })
  expect(mark).toThrow("marked already")

  expect(() => slash(state, host, { worker: ALICE, proof: proof(39) })).toThrow(
    "no request from 40",
  )
  expect(slash(state, host, { worker: ALICE, proof: proof(40) })).toEqual({
    taken: String(20n * NEAR),
  })
})

test("the owner's claim waits seven days, is bounded by the stake, and cannot be outrun", () => {
  const { register } = staked()
  const { state, host } = register
  const claim = (amount: bigint) =>
    slash(state, host, { worker: ALICE, amount: String(amount), reason: "stopped answering" })

  expect(() => claim(20n * NEAR + 1n)).toThrow("can be claimed")
  expect(() => as(host, "bob.near", () => claim(1n))).toThrow("Only owner")
  expect(claim(15n * NEAR)).toEqual({ claim_id: 0 })
  expect(() => claim(6n * NEAR)).toThrow("Only 5000000000000000000000000")
  as(host, ALICE, () => unstake(state, host, {}))

  host.timeNs += 7n * DAY_NS - 1n
  expect(() => executeClaim(state, host, { claim_id: 0 })).toThrow("can be contested until")
  host.timeNs += 7n * DAY_NS + 1n
  expect(as(host, ALICE, () => withdrawStake(state, host))).toBe(String(5n * NEAR))
  as(host, "bob.near", () => executeClaim(state, host, { claim_id: 0 }))

  expect(host.events("slashed")).toMatchObject([{ amount: String(15n * NEAR), claim_id: 0 }])
  expect(getWorker(state, host, { account_id: ALICE })).toMatchObject({ stake: "0", claimed: "0" })
  expect(getClaim(host, { claim_id: 0 })).toBeNull()
})

test("a contested claim is the arbiter's, and lapses where there is none", () => {
  const { register } = staked()
  const { state, host } = register
  const claim = () => slash(state, host, { worker: ALICE, amount: "5", reason: "late" })
  const contest = (claim_id: number, caller = ALICE) =>
    as(host, caller, () => contestClaim(host, { claim_id, statement: "it was not" }))
  const decide = (claim_id: number, upheld: boolean) =>
    as(host, "judge.near", () => decideClaim(state, host, { claim_id, upheld }))

  claim()
  expect(() => contest(0, "bob.near")).toThrow("Only the worker")
  contest(0)
  expect(() => contest(0)).toThrow("contested already")
  // An arbiter named later has no say in it.
  state.arbiter = "judge.near"
  expect(() => decide(0, true)).toThrow("Only the arbiter")
  host.timeNs += 8n * DAY_NS
  expect(() => executeClaim(state, host, { claim_id: 0 })).toThrow("is contested")
  host.timeNs += 22n * DAY_NS
  executeClaim(state, host, { claim_id: 0 })
  expect(state.owed).toBe(20n * NEAR)

  claim()
  claim()
  claim()
  expect(() => decide(1, true)).toThrow("Nobody has contested")
  contest(1)
  contest(2)
  decide(1, true)
  decide(2, false)
  dropClaim(state, host, { claim_id: 3 })

  expect(state.owed).toBe(20n * NEAR - 5n)
  expect(host.events("claim_dropped").map(({ claim_id }) => claim_id)).toEqual([0, 2, 3])
  expect(getWorker(state, host, { account_id: ALICE })).toMatchObject({ claims: [], claimed: "0" })
})

function staked(): { register: FakeRegister; key: WorkerKey; measurement: string } {
  const register = fakeRegister()
  const measurement = approve(register)
  stakeAs(register, ALICE, 20n * NEAR)
  const key = newKey()
  enterKey(register, ALICE, key, measurement)
  return { register, key, measurement }
}

function twoResults(a: string, b: string) {
  return { two_results: [a, b] }
}
