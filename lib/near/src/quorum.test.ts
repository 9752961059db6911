import { expect, test } from "vitest"
import { openWitnesses } from "./quorum.ts"

const honest = endpoint({ is_live: false }, ["ed25519:b", "ed25519:a"])
const sameInOtherOrder = endpoint({ is_live: false }, ["ed25519:a", "ed25519:b"])
const liar = endpoint({ is_live: true }, ["ed25519:liar"])

test("one endpoint that lies is outvoted, in whatever order the others give an account's keys", async () => {
  const witnesses = openWitnesses([liar, honest, sameInOtherOrder], 2)

  expect(await witnesses.view("register.near", "get_worker", {})).toEqual({ is_live: false })
  expect(await witnesses.fullAccessKeys("owner.near")).toEqual(["ed25519:a", "ed25519:b"])
})

test("without a quorum nobody is believed", async () => {
  const witnesses = openWitnesses([honest, liar], 2)

  await expect(witnesses.fullAccessKeys("owner.near")).rejects.toMatchObject({
    code: "chain_unavailable",
  })
  await expect(witnesses.view("register.near", "get_worker", {})).rejects.toMatchObject({
    code: "chain_unavailable",
  })
})

test("a height that is named is the one that all are asked for", async () => {
  const asked: unknown[] = []
  const view = async (...question: unknown[]) => void asked.push(question)
  const witnesses = openWitnesses([{ ...honest, view }], 1)

  await witnesses.view("register.near", "get_worker", {}, 7)

  expect(asked).toEqual([["register.near", "get_worker", {}, 7]])
})

function endpoint(answer: unknown, keys: string[]) {
  return { view: async () => answer, fullAccessKeys: async () => keys }
}
