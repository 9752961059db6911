import { expect, test } from "vitest"
import { openWitnesses } from "./quorum.ts"

const honest = endpoint({ is_live: false }, ["ed25519:b", "ed25519:a"])
const sameInOtherOrder = endpoint({ is_live: false }, ["ed25519:a", "ed25519:b"])
const liar = endpoint({ is_live: true }, ["ed25519:liar"])
const down = {
  view: () => Promise.reject(new Error("down")),
  fullAccessKeys: () => Promise.reject(new Error("down")),
}
const silent = { view: () => never<unknown>(), fullAccessKeys: () => never<string[]>() }

test("one endpoint that lies is outvoted, wherever it stands and however fast it is", async () => {
  for (const order of [
    [liar, honest, sameInOtherOrder],
    [honest, liar, sameInOtherOrder],
    [honest, sameInOtherOrder, liar],
  ]) {
    const witnesses = openWitnesses(order, 2)

    expect(await witnesses.view("register.near", "get_worker", {})).toEqual({ is_live: false })
    expect(await witnesses.fullAccessKeys("owner.near")).toEqual(["ed25519:a", "ed25519:b"])
  }
})

test("an endpoint that is down or says nothing does not matter while a quorum agrees", async () => {
  for (const lost of [down, silent]) {
    const witnesses = openWitnesses([lost, honest, sameInOtherOrder], 2)

    expect(await witnesses.view("register.near", "get_worker", {})).toEqual({ is_live: false })
  }
})

test.for([
  ["one honest, one lying, one down", [honest, liar, down]],
  ["a liar alone", [liar, down, down]],
  ["nobody", [down, down, down]],
] as const)("without a quorum nobody is believed: %s", async ([, chains]) => {
  const witnesses = openWitnesses(chains, 2)

  await expect(witnesses.fullAccessKeys("owner.near")).rejects.toMatchObject({
    code: "chain_unavailable",
  })
  await expect(witnesses.view("register.near", "get_worker", {})).rejects.toMatchObject({
    code: "chain_unavailable",
  })
})

function endpoint(answer: unknown, keys: string[]) {
  return { view: async () => answer, fullAccessKeys: async () => keys }
}

function never<T>(): Promise<T> {
  return new Promise(() => {})
}
