import { describe, expect, test } from "vitest"
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

describe("in a real machine", () => {
  const machine = {
    ...least,
    TEE_MODE: "tdx",
    REGISTER_CONTRACT_ID: "register.test.near",
    INIT_ACCOUNT_ID: "init.test.near",
    INIT_ACCOUNT_PRIVATE_KEY: "ed25519:secret",
    NEAR_RPC_URLS: "https://a.example, https://b.example, https://c.example",
    NEAR_RPC_QUORUM: "2",
  }

  test("a worker asks a quorum for what a secret depends on", () => {
    const { NEAR_RPC_URLS, NEAR_RPC_QUORUM } = readConfig(machine)

    expect(NEAR_RPC_URLS).toEqual(["https://a.example", "https://b.example", "https://c.example"])
    expect(NEAR_RPC_QUORUM).toBe(2)
  })

  test.for<[string, NodeJS.ProcessEnv, RegExp]>([
    ["one endpoint", { NEAR_RPC_URLS: undefined }, /NEAR_RPC_URLS are needed/],
    ["a quorum of one", { NEAR_RPC_QUORUM: "1" }, /at least 2/],
    ["less than half", { NEAR_RPC_URLS: "https://a,https://b,https://c,https://d" }, /than half/],
    ["an endpoint twice", { NEAR_RPC_URLS: "https://a, https://a,https://b" }, /twice/],
    ["other repositories under known names", { GIT_CONFIG_GLOBAL: "/git" }, /GIT_CONFIG_GLOBAL/],
    ["folders for repositories", { ALLOW_LOCAL_REPOSITORIES: "true" }, /ALLOW_LOCAL_REPOSITORIES/],
    ["an authority of its own for Git", { SSL_CERT_FILE: "/ca.pem" }, /SSL_CERT_FILE/],
    ["no certificates at all", { NODE_TLS_REJECT_UNAUTHORIZED: "0" }, /NODE_TLS_REJECT/],
    ["code before the worker's", { NODE_OPTIONS: "--import=/code.js" }, /NODE_OPTIONS/],
    ["an authority of its own for guests", { HTTP_CA_FILE: "/ca.pem" }, /HTTP_CA_FILE/],
    ["builds without walls", { COMPILATION_MODE: "native" }, /COMPILATION_MODE/],
    ["guests behind weaker walls", { SANDBOX_MIN_LEVEL: "process" }, /SANDBOX_MIN_LEVEL/],
  ])("an operator may not have %s", ([, changes, problem]) => {
    expect(() => readConfig({ ...machine, ...changes })).toThrow(problem)
  })

  test("where nothing is protected all of that may be", () => {
    const simulated = { ...machine, TEE_MODE: "simulated", NEAR_RPC_URLS: undefined }

    expect(readConfig({ ...simulated, HTTP_CA_FILE: "/ca.pem" }).HTTP_CA_FILE).toBe("/ca.pem")
  })
})
