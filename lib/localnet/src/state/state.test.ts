import { expect, test } from "vitest"
import { State } from "./state.ts"
import { accessKeyKey, dataKey, readStateKey } from "./state-key.ts"

const KEY = dataKey("a.near", new Uint8Array([1, 44, 2]))
const OTHER = dataKey("a.near", new Uint8Array([1, 44, 3]))

test("what fails goes back to its mark, and what came before stays", () => {
  const state = new State(undefined)
  state.set(KEY, new Uint8Array([1]))
  const mark = state.mark()
  state.set(KEY, new Uint8Array([2]))
  state.set(OTHER, new Uint8Array([3]))

  state.reset(mark)

  expect(state.get(KEY)).toEqual(new Uint8Array([1]))
  expect(state.get(OTHER)).toBeUndefined()
  expect(state.changes).toHaveLength(1)
})

test("nodes count in the trie of the block's start, and nothing for a key that the block has written", () => {
  const before = new State(undefined)
  before.set(KEY, new Uint8Array([1]))
  before.set(OTHER, new Uint8Array([1]))
  const state = new State(before.root)
  const untouched = state.nodesTouched(KEY)

  const mark = state.mark()
  state.remove(OTHER)
  expect(state.nodesTouched(KEY)).toBe(untouched)
  state.set(KEY, new Uint8Array([2]))
  expect(state.nodesTouched(KEY)).toBe(0)
  state.reset(mark)

  // Extension, branch, leaf and value.
  expect(untouched).toBe(4)
  expect(state.nodesTouched(KEY)).toBe(untouched)
})

test("a key of the state tells whose it is, whatever bytes it ends with", () => {
  expect(readStateKey(KEY)).toEqual({ column: "data", account: "a.near", rest: "012c02" })
  const publicKey = new Uint8Array(33).fill(2)
  expect(readStateKey(accessKeyKey("a.near", publicKey))).toEqual({
    column: "accessKey",
    account: "a.near",
    rest: "02".repeat(33),
  })
})
