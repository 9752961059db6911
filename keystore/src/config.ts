import { AccountId, Sha256Hex } from "@outlayer/protocol"
import {
  checkQuorum,
  checkRealEnvironment,
  list,
  loadConfig,
  quorumVariables,
  secret,
} from "@outlayer/service"
import { z } from "zod"

const epoch = z.coerce.number().int().min(0).max(0xffff)

export type Config = ReturnType<typeof readConfig>

export function readConfig(env: NodeJS.ProcessEnv) {
  return loadConfig(
    {
      SERVER_HOST: z.string().default("127.0.0.1").describe("Address to listen on"),
      SERVER_PORT: z.coerce.number().int().default(8081).describe("HTTP port; 0 takes a free one"),
      LOG_LEVEL: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
      ...quorumVariables,
      OFFCHAINVM_CONTRACT_ID: AccountId.describe("The contract whose secrets are kept"),
      REGISTER_CONTRACT_ID: AccountId.describe("The contract that says which workers are genuine"),
      KEYSTORE_ACCOUNT_ID: AccountId.describe("Publishes the keys"),
      KEYSTORE_PRIVATE_KEY: z
        .string()
        .regex(/^ed25519:[1-9A-HJ-NP-Za-km-z]{80,90}$/)
        .pipe(secret)
        .describe("An access key of that account, `ed25519:...`"),
      ALLOWED_WORKER_TOKEN_HASHES: list
        .pipe(z.array(Sha256Hex).min(1))
        .describe("SHA-256 of the bearer tokens that may call: the coordinator's"),
      TEE_MODE: z.string().default("tdx").describe("`tdx`, or `simulated` on a local chain"),
      DSTACK_SOCKET: z.string().default("/var/run/dstack.sock").describe("The guest agent's"),
      TEE_TEST_ROOT: z
        .base64()
        .optional()
        .describe("The certificate (DER, base64) trusted in place of Intel's; simulated alone"),
      MASTER_KEY_SOURCE: z.enum(["dstack", "file"]).default("dstack"),
      MASTER_KEY_FILE: z.string().optional().describe("For `file`; made if it is not there"),
      MASTER_KEY_PASSPHRASE: z.string().min(16).pipe(secret).optional().describe("Seals the file"),
      KEY_EPOCH: epoch.default(1).describe("New secrets are sealed for its keys"),
      OLDEST_KEY_EPOCH: epoch.default(1).describe("Secrets of older epochs do not open any more"),
      RECORDS_FILE: z.string().describe("Where releases and denials are kept; on a lasting disk"),
      RATE_LIMIT_PER_MINUTE: z.coerce.number().int().positive().default(600).describe("/health"),
    },
    env,
    checkTogether,
  )
}

function checkTogether(given: NodeJS.ProcessEnv): string[] {
  const problems: string[] = []
  const { TEE_MODE: mode = "tdx", MASTER_KEY_SOURCE: source = "dstack" } = given
  if (mode === "sgx" || mode === "sev") {
    problems.push(`TEE_MODE=${mode} is not supported: use tdx`)
  } else if (mode !== "tdx" && mode !== "simulated") {
    problems.push("TEE_MODE is tdx or simulated: a keystore outside of a TEE keeps no secrets")
  }
  if (mode === "tdx" && given["TEE_TEST_ROOT"]) {
    problems.push("TEE_TEST_ROOT is for TEE_MODE=simulated alone")
  }
  if (mode === "simulated" && !given["TEE_TEST_ROOT"]) {
    problems.push("TEE_MODE=simulated needs TEE_TEST_ROOT")
  }
  if (mode === "tdx" && source === "file") {
    problems.push("MASTER_KEY_SOURCE=file is for TEE_MODE=simulated alone")
  }
  if (source === "file" && !(given["MASTER_KEY_FILE"] && given["MASTER_KEY_PASSPHRASE"])) {
    problems.push("MASTER_KEY_SOURCE=file needs MASTER_KEY_FILE and MASTER_KEY_PASSPHRASE")
  }
  problems.push(...checkQuorum(given, { isReal: mode === "tdx" }))
  if (mode === "tdx") problems.push(...checkRealEnvironment(given))
  if (Number(given["OLDEST_KEY_EPOCH"] ?? 1) > Number(given["KEY_EPOCH"] ?? 1)) {
    problems.push("OLDEST_KEY_EPOCH is above KEY_EPOCH")
  }
  return problems
}
