import { expect, test } from "vitest"
import { readConfig } from "./config.ts"

const least = {
  DATABASE_URL: "postgres://localhost/offchainvm",
  REDIS_URL: "redis://localhost",
  ADMIN_BEARER_TOKEN: "0123456789abcdef",
  NEAR_RPC_URL: "https://rpc.example/?apiKey=hunter2",
  OFFCHAINVM_CONTRACT_ID: "outlayer.near",
}

test("the least that a coordinator needs is enough", () => {
  expect(readConfig(least)).toMatchObject({ PORT: 8080, QUEUE: "redis", REQUIRE_AUTH: true })
})

test("everything that is missing is named at once", () => {
  const read = () => readConfig({ PORT: "x" })

  for (const name of [...Object.keys(least), "PORT"]) expect(read).toThrow(name)
})

test("a queue in memory has to be asked for", () => {
  expect(() => readConfig({ ...least, REDIS_URL: "" })).toThrow("QUEUE=memory")
  expect(readConfig({ ...least, REDIS_URL: "", QUEUE: "memory" }).REDIS_URL).toBeUndefined()
})

test("no key of the chain's endpoint is printed", () => {
  expect(JSON.stringify(readConfig(least))).not.toContain("hunter2")
})
