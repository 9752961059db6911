import { DEFAULT_GIT_HOSTS } from "@outlayer/git"
import { AccountId } from "@outlayer/protocol"
import {
  checkQuorum,
  checkRealEnvironment,
  list,
  loadConfig,
  quorumVariables,
  secret,
} from "@outlayer/service"
import { homedir, hostname } from "node:os"
import { join } from "node:path"
import { z } from "zod"
import { parseAllowList } from "./sandbox/http/allow-list.ts"
import { LEVELS } from "./sandbox/sandbox.ts"

const flag = z.enum(["true", "false"]).transform((text) => text === "true")

export type Config = ReturnType<typeof readConfig>

export function readConfig(env: NodeJS.ProcessEnv) {
  return loadConfig(
    {
      API_BASE_URL: z.url().describe("The coordinator"),
      API_AUTH_TOKEN: secret.describe("This worker's token at the coordinator"),
      NEAR_RPC_URL: z.url().describe("JSON-RPC endpoint; a key inside is masked in every log"),
      NEAR_RPC_URLS: quorumVariables.NEAR_RPC_URLS.optional(),
      NEAR_RPC_QUORUM: quorumVariables.NEAR_RPC_QUORUM.default(1),
      NEARDATA_API_URL: z
        .url()
        .optional()
        .describe("Source of blocks for the event monitor; without it pending requests are polled"),
      START_BLOCK_HEIGHT: z.coerce
        .number()
        .int()
        .nonnegative()
        .default(0)
        .describe("Where the monitor begins when no cursor is kept; 0 is the last final block"),
      OFFCHAINVM_CONTRACT_ID: AccountId.describe("The contract that is served"),
      OPERATOR_ACCOUNT_ID: AccountId.optional().describe("The account that settles, without a TEE"),
      OPERATOR_PRIVATE_KEY: secret
        .optional()
        .describe(
          "Its key, ed25519:…: of this process alone, since two on one key collide on nonces",
        ),
      TEE_MODE: z
        .enum(["tdx", "simulated", "none"], { error: "tdx, simulated or none" })
        .default("none")
        .describe(
          "In a TEE this worker has a key of its own, registered by a quote, and gets secrets",
        ),
      USE_TEE_REGISTRATION: flag.optional().describe("As TEE_MODE says; anything else is refused"),
      REGISTER_CONTRACT_ID: AccountId.optional().describe("The contract that verifies the quote"),
      INIT_ACCOUNT_ID: AccountId.optional().describe(
        "The account that registers this worker's key",
      ),
      INIT_ACCOUNT_PRIVATE_KEY: secret.optional().describe("Its key, of this process alone"),
      DSTACK_SOCKET: z
        .string()
        .default("/var/run/dstack.sock")
        .describe("The guest agent's socket"),
      ENABLE_EVENT_MONITOR: flag.default(false).describe("Whether this worker watches the chain"),
      COMPILATION_ENABLED: flag.default(true),
      EXECUTION_ENABLED: flag.default(true),
      COMPILATION_MODE: z
        .enum(["sandbox", "native"], { error: "sandbox (bubblewrap) or native (weaker walls)" })
        .default("sandbox"),
      SANDBOX_MIN_LEVEL: z
        .enum(LEVELS)
        .default("full")
        .describe("The weakest isolation of guests that is accepted"),
      HTTP_ALLOWED_HOSTS: list
        .transform((entries, context) => {
          try {
            return parseAllowList(entries)
          } catch (error) {
            context.addIssue(error instanceof Error ? error.message : String(error))
            return z.NEVER
          }
        })
        .default(() => parseAllowList([]))
        .describe(
          "Where guests may send HTTP: example.com (https), example.com:8443, *.example.com, http://example.com, * (any host); none unless told",
        ),
      HTTP_PRIVATE_ADDRESSES: list
        .pipe(z.array(z.union([z.ipv4(), z.ipv6()])))
        .default([])
        .describe("Addresses that guests may reach though they are not public, each by itself"),
      HTTP_CA_FILE: z
        .string()
        .optional()
        .describe("A PEM file of authorities that guests' HTTP trusts besides the public ones"),
      ALLOWED_GIT_HOSTS: list.default(DEFAULT_GIT_HOSTS),
      GIT_CONFIG_GLOBAL: z
        .string()
        .optional()
        .describe(
          "A Git configuration file of the operator's, with no secrets in it; no other is read",
        ),
      ALLOW_LOCAL_REPOSITORIES: flag
        .default(false)
        .describe("Lets that file's insteadOf name folders of this machine, beside it"),
      METERED_CACHE_DIR: z
        .string()
        .default(() => join(homedir(), ".cache/outlayer/metered"))
        .describe("Where metered programs are kept across restarts, sealed; empty: nowhere"),
      WORKER_CONCURRENCY: z.coerce.number().int().min(1).max(64).default(2),
      WORKER_ID: z.string().min(1).max(128).default(`${hostname()}-${process.pid}`),
      LOG_LEVEL: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
    },
    env,
    checkTogether,
  )
}

const TEE = ["REGISTER_CONTRACT_ID", "INIT_ACCOUNT_ID", "INIT_ACCOUNT_PRIVATE_KEY"]
const OPERATOR = ["OPERATOR_ACCOUNT_ID", "OPERATOR_PRIVATE_KEY"]

function checkTogether(given: NodeJS.ProcessEnv): string[] {
  const { TEE_MODE: mode = "none", USE_TEE_REGISTRATION: flagged } = given
  if (mode === "sgx" || mode === "sev") return [`TEE_MODE=${mode} is not supported: use tdx`]
  const needed = mode === "none" ? OPERATOR : TEE
  const problems = needed
    .filter((name) => !given[name])
    .map((name) => `${name} is needed with TEE_MODE=${mode}`)
  const isWanted = String(mode !== "none")
  if (flagged && flagged !== isWanted) {
    problems.push(`USE_TEE_REGISTRATION is ${isWanted} with TEE_MODE=${mode}`)
  }
  problems.push(...checkQuorum(given, { isReal: mode === "tdx" }))
  return [...problems, ...(mode === "tdx" ? checkMachine(given) : [])]
}

/** What lets an operator put code or authorities of his own in the place of those that owners mean. */
const OPERATORS_OWN = ["GIT_CONFIG_GLOBAL", "GIT_SSL_CAINFO", "CARGO_HTTP_CAINFO", "HTTP_CA_FILE"]

/** Where secrets are real: no wall is weaker than it can be. */
function checkMachine(given: NodeJS.ProcessEnv): string[] {
  const problems = checkRealEnvironment(given, OPERATORS_OWN)
  if (given["ALLOW_LOCAL_REPOSITORIES"] === "true") {
    problems.push("ALLOW_LOCAL_REPOSITORIES is refused with TEE_MODE=tdx")
  }
  if ((given["COMPILATION_MODE"] ?? "sandbox") !== "sandbox") {
    problems.push("COMPILATION_MODE must be sandbox with TEE_MODE=tdx")
  }
  if ((given["SANDBOX_MIN_LEVEL"] ?? "full") !== "full") {
    problems.push("SANDBOX_MIN_LEVEL must be full with TEE_MODE=tdx")
  }
  return problems
}

/** The keystore is reached through the coordinator alone: whoever sets these expects something else. */
export function unusedVariables(env: NodeJS.ProcessEnv): string[] {
  return Object.keys(env).filter((name) => name.startsWith("KEYSTORE_"))
}
