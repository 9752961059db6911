import { describe, expect, test } from "vitest"
import { nodePrimitives } from "../primitives.ts"
import { type Collateral, type CollateralFacts, readCollateral } from "../pure/index.ts"
import { createCollateral } from "../simulator/collateral.ts"
import { createPki, type Pki } from "../simulator/pki.ts"
import { forwardCollateral } from "./forward-collateral.ts"

const NOW = 1_792_000_000
const PKI = createPki(Buffer.from("forwarding"))
const { fmspc } = PKI.platform

describe("collateral on chain", () => {
  test("is brought where the contract has none, field by field", async () => {
    const held = collateralOf(NOW - 60)
    const updates: object[] = []

    const { outcome } = await forward(held, null, (args) => updates.push(args))

    expect(outcome).toBe("forwarded")
    expect(updates).toHaveLength(1)
    const entries = Object.entries(updates[0] ?? {}).map(([name, value]) => [
      name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ])
    expect(Object.fromEntries(entries)).toEqual(held)
  })

  test("is replaced by newer", async () => {
    const { outcome } = await forward(collateralOf(NOW - 60), factsOf(collateralOf(NOW - 3600)))

    expect(outcome).toBe("forwarded")
  })

  test.each([
    ["the same", NOW - 60],
    ["newer", NOW - 30],
  ])("is left alone where the contract has %s", async (_, issuedAt) => {
    const known = factsOf(collateralOf(issuedAt))

    const { outcome, facts } = await forward(collateralOf(NOW - 60), known, () => {
      throw new Error("not to be called")
    })

    expect(outcome).toBe("known")
    expect(facts).toBe(known)
  })

  test("is the early one where the contract has a later evaluation than the standard", async () => {
    const known = factsOf(numbered(NOW - 3600, 21))
    const early = numbered(NOW - 60, 21)
    const updates: object[] = []

    const { outcome, facts } = await forward(
      collateralOf(NOW - 60),
      known,
      (args) => updates.push(args),
      early,
    )

    expect(outcome).toBe("forwarded")
    expect(facts.evaluationNumber.tcbInfo).toBe(21)
    expect(updates).toMatchObject([{ tcb_info: early.tcbInfo }])
  })

  test("is brought where the contract has another root's", async () => {
    const other = createPki(Buffer.from("another root"))
    const known = factsOf(collateralOf(NOW - 30, other), other)

    const { outcome } = await forward(collateralOf(NOW - 60), known)

    expect(outcome).toBe("forwarded")
  })

  test("is not brought when the contract refuses, and says why", async () => {
    const refused = forward(collateralOf(NOW - 60), null, () => {
      throw new Error("collateral_older: what is known is newer")
    })

    await expect(refused).rejects.toThrow("collateral_older")
  })
})

function forward(
  held: Collateral,
  known: CollateralFacts | null,
  update: (args: object) => unknown = () => undefined,
  early: Collateral = held,
) {
  const storeOf = (collateral: Collateral) => ({
    get: async () => ({ collateral, facts: factsOf(collateral) }),
  })
  const contract = {
    readFacts: async () => known,
    update: async (args: object) => update(args),
  }
  return forwardCollateral(fmspc, storeOf(held), storeOf(early), contract)
}

function collateralOf(issuedAt: number, pki: Pki = PKI): Collateral {
  return createCollateral(pki, issuedAt)
}

function numbered(issuedAt: number, tcbEvaluationDataNumber: number): Collateral {
  return createCollateral(PKI, issuedAt, {
    tcbInfo: (info) => ({ ...info, tcbEvaluationDataNumber }),
  })
}

function factsOf(collateral: Collateral, pki: Pki = PKI): CollateralFacts {
  const facts = readCollateral(collateral, pki.root.certificate, NOW, nodePrimitives)
  if (!facts.ok) throw new Error(facts.reason)
  return facts.value
}
