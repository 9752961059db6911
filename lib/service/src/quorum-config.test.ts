import { expect, test } from "vitest"
import { checkQuorum } from "./quorum-config.ts"

const THREE = "https://a.example, https://b.example,https://c.example"

test.for([
  [{ NEAR_RPC_URLS: THREE, NEAR_RPC_QUORUM: "2" }, true],
  [{ NEAR_RPC_URLS: THREE, NEAR_RPC_QUORUM: "3" }, true],
  [{ NEAR_RPC_URLS: "https://a.example" }, false],
  [{ NEAR_RPC_URLS: "http://127.0.0.1:1,http://127.0.0.1:2", NEAR_RPC_QUORUM: "2" }, false],
  [{}, false],
] as const)(
  "a majority is a quorum, and where nothing is real one endpoint: %j",
  ([env, isReal]) => {
    expect(checkQuorum(env, { isReal })).toEqual([])
  },
)

test.for([
  [{ NEAR_RPC_URLS: THREE }, false, /more than half of 3/],
  [{ NEAR_RPC_URLS: THREE, NEAR_RPC_QUORUM: "4" }, false, /no more/],
  [{ NEAR_RPC_URLS: "https://a,https://a", NEAR_RPC_QUORUM: "2" }, false, /twice/],
  [{ NEAR_RPC_URLS: "https://a.example", NEAR_RPC_QUORUM: "1" }, true, /at least 2/],
  [{}, true, /NEAR_RPC_URLS are needed/],
  [{ NEAR_RPC_URLS: "https://a.example,http://b.example", NEAR_RPC_QUORUM: "2" }, true, /https/],
  [{ NEAR_RPC_URLS: "https://a,https://a/,https://b", NEAR_RPC_QUORUM: "2" }, true, /host twice/],
  [{ NEAR_RPC_URLS: "https://a/?k=1,https://a/?k=2", NEAR_RPC_QUORUM: "2" }, true, /host twice/],
  [{ NEAR_RPC_URLS: "https://a.b,https://A.b.:444", NEAR_RPC_QUORUM: "2" }, true, /host twice/],
] as const)("anything else is named: %j", ([env, isReal, problem]) => {
  expect(checkQuorum(env, { isReal }).join("\n")).toMatch(problem)
})
