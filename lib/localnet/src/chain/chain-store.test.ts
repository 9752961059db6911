import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import { functionCall, resultOf, TestChain } from "../testing/test-chain.ts"
import { trieEntries } from "../state/trie.ts"
import { ChainStore } from "./chain-store.ts"

const CONTRACT = "contract.test.near"

let folder: string
let file: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "outlayer-chain-"))
  file = join(folder, "chain.sqlite")
})

afterEach(() => rm(folder, { recursive: true }))

test("a chain that is opened again has the same state, blocks and outcomes", async () => {
  const store = new ChainStore(file)
  const chain = new TestChain({ store })
  await chain.createContract(CONTRACT)
  const before = await chain.call("test.near", CONTRACT, "answer")
  const { head } = chain.chain
  const state = [...entriesOf(chain)]
  store.close()

  chain.reopen(new ChainStore(file))

  const { root: _root, ...opened } = chain.chain.head
  const { root: _before, ...left } = head
  expect(opened).toEqual(left)
  expect([...entriesOf(chain)]).toEqual(state)
  const after = chain.status(before.transaction.done.outcome.id)
  expect(after.transaction.done).toEqual(before.transaction.done)
  expect(after.receipts.map(({ done }) => done)).toEqual(before.receipts.map(({ done }) => done))
  expect(chain.chain.history.block(1)?.height).toBe(1)
})

test("receipts under way and yields that wait go on", async () => {
  let store = new ChainStore(file)
  const chain = new TestChain({ store })
  const reopen = () => {
    store.close()
    store = new ChainStore(file)
    chain.reopen(store)
  }
  await chain.createContract(CONTRACT)
  const started = await chain.send("test.near", CONTRACT, [functionCall("start")])
  const asked = await chain.send("test.near", CONTRACT, [functionCall("ask", CONTRACT)])

  while (chain.chain.hasWork) {
    chain.produce()
    reopen()
  }
  await chain.call("test.near", CONTRACT, "resume", "after all")
  reopen()

  expect(resultOf(chain.status(asked))).toBe("42")
  expect(resultOf(chain.status(started))).toBe("after all")
  expect(chain.allMoney()).toBe(chain.chain.head.totalSupply)
  store.close()
})

function* entriesOf({ chain }: TestChain) {
  for (const [key, value] of trieEntries(chain.head.root, ""))
    yield [key, JSON.stringify(value, readable)]
}

const readable = (_key: string, value: unknown) => (typeof value === "bigint" ? `${value}n` : value)
