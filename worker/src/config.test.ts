import { expect, test } from "vitest"
import { readConfig } from "./config.ts"

const least = {
  API_BASE_URL: "http://localhost:8080",
  API_AUTH_TOKEN: "token",
  NEAR_RPC_URL: "http://localhost:3030",
  OFFCHAINVM_CONTRACT_ID: "outlayer.test.near",
  OPERATOR_ACCOUNT_ID: "worker.test.near",
  OPERATOR_PRIVATE_KEY: "ed25519:secret",
}
const target = { host: "api.example.com", port: 443, isAddress: false }

test("guests reach nobody unless the operator says so", () => {
  const { HTTP_ALLOWED_HOSTS, HTTP_PRIVATE_ADDRESSES, HTTP_CA_FILE } = readConfig(least)

  expect(HTTP_ALLOWED_HOSTS(target, "https")).toBe(false)
  expect([HTTP_PRIVATE_ADDRESSES, HTTP_CA_FILE]).toEqual([[], undefined])
})

test("an operator names hosts, and addresses that are not public", () => {
  const config = readConfig({
    ...least,
    HTTP_ALLOWED_HOSTS: "*.example.com, http://localhost:8080",
    HTTP_PRIVATE_ADDRESSES: "127.0.0.1,::1",
  })

  expect(config.HTTP_ALLOWED_HOSTS(target, "https")).toBe(true)
  expect(config.HTTP_ALLOWED_HOSTS(target, "http")).toBe(false)
  expect(config.HTTP_PRIVATE_ADDRESSES).toEqual(["127.0.0.1", "::1"])
})

test("what is no host or no address stops the worker", () => {
  const read = () =>
    readConfig({
      ...least,
      HTTP_ALLOWED_HOSTS: "https://a.com/path",
      HTTP_PRIVATE_ADDRESSES: "10.0.0.0/8",
    })

  expect(read).toThrow(/"https:\/\/a.com\/path" is no host[\s\S]*HTTP_PRIVATE_ADDRESSES/)
})

test("a worker in a TEE builds behind bubblewrap alone", () => {
  const tee = {
    ...least,
    TEE_MODE: "tdx",
    REGISTER_CONTRACT_ID: "register.test.near",
    INIT_ACCOUNT_ID: "init.test.near",
    INIT_ACCOUNT_PRIVATE_KEY: "ed25519:secret",
  }

  expect(readConfig(tee).COMPILATION_MODE).toBe("sandbox")
  expect(() => readConfig({ ...tee, COMPILATION_MODE: "native" })).toThrow(/needs? bubblewrap/)
})
