import { expect, test } from "vitest"
import { askQuorum } from "./quorum.ts"

type Answer = () => Promise<unknown>

const honest: Answer = async () => ({ is_live: false })
const liar: Answer = async () => ({ is_live: true })
const down: Answer = () => Promise.reject(new Error("down"))
const silent: Answer = () => new Promise(() => {})

test("what enough endpoints say alike is the answer, wherever a liar stands", async () => {
  for (const endpoints of [
    [liar, honest, honest],
    [honest, liar, honest],
    [honest, honest, liar],
  ]) {
    expect(await ask(endpoints)).toEqual({ is_live: false })
  }
})

test("who is down or says nothing is not waited for", async () => {
  for (const lost of [down, silent]) {
    expect(await ask([lost, honest, honest])).toEqual({ is_live: false })
  }
})

test.for([
  ["honest, lying, down", [honest, liar, down]],
  ["a liar alone", [liar, down, down]],
  ["nobody", [down, down, down]],
  ["fewer endpoints than must agree", [honest]],
] as const)("without a quorum nobody is believed: %s", async ([, endpoints]) => {
  await expect(ask(endpoints)).rejects.toMatchObject({ code: "chain_unavailable" })
})

test("the wait ends, also where an endpoint never answers and heeds no signal", async () => {
  const asked = ask([honest, silent, silent], 1)

  await expect(asked).rejects.toMatchObject({ code: "chain_unavailable" })
})

function ask(endpoints: readonly Answer[], timeoutMs = 60_000): Promise<unknown> {
  return askQuorum({ endpoints, quorum: 2, timeoutMs }, (endpoint) => endpoint())
}
