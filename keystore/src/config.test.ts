import { expect, test } from "vitest"
import { readConfig } from "./config.ts"

const GOOD = {
  NEAR_RPC_URLS: "https://a.example/?key=1,https://b.example,https://c.example",
  NEAR_RPC_QUORUM: "2",
  OFFCHAINVM_CONTRACT_ID: "outlayer.near",
  REGISTER_CONTRACT_ID: "register.near",
  KEYSTORE_ACCOUNT_ID: "keystore.near",
  KEYSTORE_PRIVATE_KEY: `ed25519:${"3".repeat(88)}`,
  ALLOWED_WORKER_TOKEN_HASHES: "ab".repeat(32),
  RECORDS_FILE: "/data/records.jsonl",
}

test("a keystore starts in a TDX machine, with a quorum, and with dstack's keys", () => {
  expect(readConfig(GOOD)).toMatchObject({
    TEE_MODE: "tdx",
    MASTER_KEY_SOURCE: "dstack",
    NEAR_RPC_QUORUM: 2,
    KEY_EPOCH: 1,
  })
})

test.each([
  [{ TEE_MODE: "none" }, "keeps no secrets"],
  [{ TEE_MODE: "sgx" }, "use tdx"],
  [{ TEE_MODE: "sev" }, "use tdx"],
  [{ TEE_MODE: "simulated" }, "needs TEE_TEST_ROOT"],
  [{ TEE_TEST_ROOT: "AAAA" }, "for TEE_MODE=simulated alone"],
  [{ MASTER_KEY_SOURCE: "file" }, "for TEE_MODE=simulated alone"],
  [
    { TEE_MODE: "simulated", TEE_TEST_ROOT: "AAAA", MASTER_KEY_SOURCE: "file" },
    "needs MASTER_KEY_FILE",
  ],
  [{ NEAR_RPC_QUORUM: "1" }, "more than half"],
  [{ NEAR_RPC_QUORUM: "4" }, "and no more"],
  [{ NEAR_RPC_URLS: "https://a.example", NEAR_RPC_QUORUM: "1" }, "at least 2"],
  [{ NEAR_RPC_URLS: "https://a.example,https://a.example" }, "twice"],
  [{ NEAR_RPC_URLS: "" }, "NEAR_RPC_URLS"],
  [{ NEAR_RPC_URLS: "https://a.example,https://a.example/?key=2" }, "twice"],
  [{ NEAR_RPC_URLS: "https://a.example,http://b.example" }, "https"],
  [{ NODE_TLS_REJECT_UNAUTHORIZED: "0" }, "NODE_TLS_REJECT_UNAUTHORIZED is refused"],
  [{ NODE_EXTRA_CA_CERTS: "/ca.pem" }, "NODE_EXTRA_CA_CERTS is refused"],
  [{ NODE_OPTIONS: "--import=/code.js" }, "NODE_OPTIONS is refused"],
  [{ SSL_CERT_FILE: "/ca.pem" }, "SSL_CERT_FILE is refused"],
  [{ SSL_CERT_DIR: "/certs" }, "SSL_CERT_DIR is refused"],
  [{ KEY_EPOCH: "1", OLDEST_KEY_EPOCH: "2" }, "above KEY_EPOCH"],
  [{ KEY_EPOCH: "65536" }, "KEY_EPOCH"],
  [{ ALLOWED_WORKER_TOKEN_HASHES: "token" }, "ALLOWED_WORKER_TOKEN_HASHES"],
  [{ KEYSTORE_PRIVATE_KEY: "ed25519:short" }, "KEYSTORE_PRIVATE_KEY"],
])("%o is refused", (change, problem) => {
  expect(() => readConfig({ ...GOOD, ...change })).toThrow(problem)
})

test("nothing secret is in what is printed of it", () => {
  expect(JSON.stringify(readConfig(GOOD))).not.toContain("3333")
})
