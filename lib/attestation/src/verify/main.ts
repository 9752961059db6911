/**
 * `npm run -s verify`: what a run's attestation proves. Exit code 0 where all is PROVEN, 1 where
 * something is refuted, 3 where nothing is and something cannot be told.
 */
import { readFile } from "node:fs/promises"
import { resolve } from "node:path"
import { parseArgs } from "node:util"
import { openChain } from "@outlayer/near"
import {
  callRoute,
  GetAttestation,
  GetExecution,
  ResultAttestation,
  type RouteReply,
  RunReceipt,
} from "@outlayer/protocol"
import { encodeReceipt } from "@outlayer/protocol/pure"
import { sha256Hex } from "@outlayer/protocol/sealing/node"
import { nodePrimitives } from "../primitives.ts"
import { type Claim, type Known, type ResultClaims, verifyResult } from "../result/verify-result.ts"
import { readJudging } from "./chain-facts.ts"
import { readSettled } from "./settled-request.ts"
import { readSettlingKey } from "./settling-key.ts"

const USAGE = `usage: npm run -s verify -- REQUEST_ID|FILE [OPTION ...]

  FILE is an attestation, as GET /attestations/:task_id gives it.

  --transaction HASH --signer ACCOUNT  where the request was made, if not the coordinator is to say
  --settled-in HASH  where a worker settled it, likewise
  --input FILE    what you believe was its input
  --output FILE   what you believe is its output; the chain's, unless given
  --wasm FILE     what you built from its commit
  --receipt FILE  its receipt; the coordinator's, unless given
  --block HEIGHT  judges by measurements and collateral of that block, not of the last
  --json          {verdict, claims, ...} in place of a table

From the environment: NEAR_RPC_URL, OFFCHAINVM_CONTRACT_ID, REGISTER_CONTRACT_ID; API_BASE_URL, the
coordinator's address, which is asked for what it keeps and believed in nothing.
`
const EXIT = { PROVEN: 0, FAIL: 1, UNPROVEN: 3 } as const
const USAGE_EXIT = 2
const CLAIMS = ["machine", "measurement", "code", "input", "output", "receipt"] as const

const { positionals, values } = readArguments()
// oxlint-disable-next-line node/no-process-env -- a command's configuration
const { env } = process

try {
  process.exitCode = await main()
} catch (error) {
  process.stderr.write(`verify: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = USAGE_EXIT
}

async function main(): Promise<number> {
  const [what, ...others] = positionals
  if (values.help || what === undefined || others.length > 0) {
    process.stderr.write(USAGE)
    return values.help ? 0 : USAGE_EXIT
  }
  const chain = openChain(need("NEAR_RPC_URL"))
  const contractId = need("OFFCHAINVM_CONTRACT_ID")
  const registerId = need("REGISTER_CONTRACT_ID")
  const isId = /^\d+$/.test(what)
  const attestation = isId ? undefined : ResultAttestation.parse(await readJson(what))
  const requestId = attestation?.statement.request_id ?? Number(what)
  const execution = isId || env["API_BASE_URL"] ? await askCoordinator(requestId) : undefined
  const judged = attestation ?? (await fetchAttestation(execution))

  const input = values.input === undefined ? undefined : String(await read(values.input))
  const place = whereAsked(execution)
  const transaction = place && (await chain.transaction(place.hash, place.signerId))
  const settled = transaction && readSettled(transaction.receipts, contractId, requestId, input)
  const workerKey = await settlingKey(values["settled-in"] ?? execution?.tx_hash ?? undefined)
  const { known, policy, now, height } = await readJudging(
    chain,
    registerId,
    judged?.quote ?? new Uint8Array(),
    values.block === undefined ? undefined : Number(values.block),
  )
  const claims = verifyResult(
    judged,
    {
      ...known,
      ...settled,
      workerKey,
      blockHash: judged && (await blockHashAt(judged.statement.block_height)),
      ...(await atHand(execution)),
    },
    policy,
    now,
    nodePrimitives,
  )
  const verdict = verdictOf(claims)
  const settled_by = workerKey ?? null
  const report = { verdict, request_id: requestId, settled_by, judged_at: height, claims }
  process.stdout.write(
    values.json
      ? `${JSON.stringify({ ...report, statement: judged?.statement ?? null }, null, 2)}\n`
      : `${describe(claims)}${verdict}\n`,
  )
  return EXIT[verdict]

  /** Workers in machines settle in the register's name. */
  async function settlingKey(hash: string | undefined): Promise<string | undefined> {
    if (hash === undefined) return undefined
    return chain.signedTransaction(hash, registerId).then(
      (signed) => readSettlingKey(signed, contractId, requestId),
      // Another account's, or forgotten by this endpoint: that refutes nothing.
      () => undefined,
    )
  }

  async function blockHashAt(at: number): Promise<string | undefined> {
    return chain.block(at).then(
      ({ hash }) => hash,
      // Forgotten by this endpoint: that refutes nothing.
      () => undefined,
    )
  }
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        transaction: { type: "string" },
        signer: { type: "string" },
        "settled-in": { type: "string" },
        input: { type: "string" },
        output: { type: "string" },
        wasm: { type: "string" },
        receipt: { type: "string" },
        block: { type: "string" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    })
  } catch (error) {
    process.stderr.write(`verify: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(USAGE_EXIT)
  }
}

type Told = RouteReply<typeof GetExecution>

async function askCoordinator(request_id: number): Promise<Told> {
  return callRoute(GetExecution, { params: { request_id } }, { baseUrl: need("API_BASE_URL") })
}

async function fetchAttestation(execution: Told | undefined) {
  if (!execution?.attestation) return undefined
  const { task_id } = execution.attestation
  return callRoute(GetAttestation, { params: { task_id } }, { baseUrl: need("API_BASE_URL") })
}

function whereAsked(execution: Told | undefined) {
  const { transaction: hash, signer: signerId } = values
  if (hash !== undefined && signerId !== undefined) return { hash, signerId }
  const told = execution?.asked_in
  return told ? { hash: told.transaction_hash, signerId: told.signer_id } : undefined
}

/** What the asker brings. The receipt may be anybody's: its hash is computed here. */
async function atHand(execution: Told | undefined): Promise<Partial<Known>> {
  const receipt =
    values.receipt === undefined
      ? execution?.receipt
      : RunReceipt.parse(await readJson(values.receipt))
  return {
    ...(values.output !== undefined && { output: await read(values.output) }),
    ...(values.wasm !== undefined && { wasmHash: sha256Hex(await read(values.wasm)) }),
    ...(receipt && { receiptHash: sha256Hex(encodeReceipt(nodePrimitives.utf8, receipt)) }),
  }
}

/** Of the receipt too where it is at hand; without it nothing is lost but the replay. */
function verdictOf({ machine, measurement, code, input, output, receipt }: ResultClaims) {
  const verdicts = [machine, measurement, code, input, output].map(({ verdict }) => verdict)
  if ([...verdicts, receipt.verdict].includes("FAIL")) return "FAIL"
  return verdicts.every((verdict) => verdict === "PROVEN") ? "PROVEN" : "UNPROVEN"
}

function describe(claims: ResultClaims): string {
  const width = Math.max(...CLAIMS.map((name) => name.length))
  const lines = CLAIMS.map((name) => {
    const claim = claims[name]
    return `${name.padEnd(width)}  ${claim.verdict.padEnd(8)}  ${why(claim)}`.trimEnd()
  })
  if (claims.isSimulated) lines.unshift("SIMULATED: no hardware stands behind any of this")
  return `${lines.join("\n")}\n`
}

function why(claim: Claim): string {
  return claim.verdict === "PROVEN" ? "" : `${claim.reason} ${claim.detail}`
}

async function readJson(file: string): Promise<unknown> {
  return JSON.parse(String(await read(file)))
}

/** npm runs a script in the package's folder: a caller's path is of where he stands. */
async function read(file: string): Promise<Buffer> {
  const caller = env["npm_lifecycle_event"] === "verify" ? env["INIT_CWD"] : undefined
  return readFile(resolve(caller ?? ".", file))
}

function need(name: string): string {
  const value = env[name]
  if (!value) throw new Error(`${name} is missing in the environment`)
  return value
}
