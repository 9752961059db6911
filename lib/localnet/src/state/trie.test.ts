import { expect, test } from "vitest"
import { type Trie, trieEntries, trieGet, trieNodesTouched, trieRemove, trieSet } from "./trie.ts"

test("a trie agrees with a plain map through random changes", () => {
  const random = sequence(7)
  const twin = new Map<string, number>()
  let trie: Trie

  for (let step = 0; step < 3000; step++) {
    const key = randomKey(random)
    if (random() % 3 === 0) {
      twin.delete(key)
      trie = trieRemove(trie, key)
    } else {
      twin.set(key, step)
      trie = trieSet(trie, key, step)
    }
    expect(trieGet(trie, key)).toBe(twin.get(key))
  }

  expect([...trieEntries(trie, "")]).toEqual(sorted(twin, ""))
  for (const prefix of ["0", "01", "0123", "22", "2233445"]) {
    expect([...trieEntries(trie, prefix)]).toEqual(sorted(twin, prefix))
  }
  for (const key of twin.keys()) trie = trieRemove(trie, key)
  expect(trie).toBeUndefined()
})

test("an old root still shows what it held", () => {
  const before = trieSet(trieSet(undefined, "0a", 1), "0b", 2)

  const after = trieRemove(trieSet(before, "0a", 3), "0b")

  expect([...trieEntries(before, "")]).toEqual([
    ["0a", 1],
    ["0b", 2],
  ])
  expect([...trieEntries(after, "")]).toEqual([["0a", 3]])
})

test("a look-up counts leaf, extension, branch and the value found", () => {
  const one = trieSet(undefined, "aa11", 1)
  const two = trieSet(one, "aa22", 2)

  expect(trieNodesTouched(undefined, "aa11")).toBe(0)
  expect(trieNodesTouched(one, "aa11")).toBe(2)
  expect(trieNodesTouched(one, "bb11")).toBe(1)
  expect(trieNodesTouched(two, "aa22")).toBe(4)
  expect(trieNodesTouched(two, "aa33")).toBe(2)
  expect(trieNodesTouched(two, "bb22")).toBe(1)
})

function sorted(map: Map<string, number>, prefix: string) {
  return [...map].filter(([key]) => key.startsWith(prefix)).toSorted(([a], [b]) => (a < b ? -1 : 1))
}

function randomKey(random: () => number) {
  const bytes = Array.from(
    { length: 1 + (random() % 4) },
    () => [0x01, 0x23, 0x22, 0x33][random() % 4] ?? 0,
  )
  return Buffer.from(bytes).toString("hex")
}

function sequence(seed: number) {
  let state = seed
  return () => (state = (state * 1103515245 + 12345) % 2147483648) >> 8
}
