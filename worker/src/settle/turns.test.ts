import { expect, test } from "vitest"
import { createTurns } from "./turns.ts"

test("turns come in the order in which they were taken, whoever is ready first", async () => {
  const turns = createTurns()
  const sent: string[] = []
  const ready = { a: Promise.withResolvers<void>(), b: Promise.withResolvers<void>() }
  async function send(name: "a" | "b") {
    using turn = turns.take()
    await ready[name].promise
    await turn.come
    sent.push(name)
  }

  const both = [send("a"), send("b")]
  ready.b.resolve()
  ready.a.resolve()
  await Promise.all(both)

  expect(sent).toEqual(["a", "b"])
})

test("one that gives up holds nobody, and lets nobody pass those before it", async () => {
  const turns = createTurns()
  const first = turns.take()
  turns.take()[Symbol.dispose]()
  let hasCome = false
  const third = turns.take().come.then(() => (hasCome = true))

  await Promise.resolve()
  expect(hasCome).toBe(false)
  first[Symbol.dispose]()
  await third
  expect(hasCome).toBe(true)
})
