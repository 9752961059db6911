/**
 * `npm run -s collateral` keeps the collateral of the register contract fresh: fetches Intel's, verifies
 * it, and brings to the chain what is newer there than what it has. Anybody may run this; nobody is
 * believed for it.
 */
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { parseArgs } from "node:util"
import {
  type CollateralSource,
  type CollateralStore,
  createCollateralStore,
  forwardCollateral,
  INTEL_SOURCE,
  type RegisterContract,
} from "@outlayer/attestation"
import { type CollateralFacts, INTEL_ROOT_BASE64 } from "@outlayer/attestation/pure"
import { callContract, createSigner, openChain } from "@outlayer/near"

const TGAS = 10n ** 12n
/** The excess comes back: a family's facts take some 6 KB. */
const DEPOSIT_YOCTO = 2n * 10n ** 23n

const USAGE = `usage: npm run -s collateral -- FMSPC... [--every HOURS]

An FMSPC is the family of a machine's processor, 6 bytes of hex: a refused registration names it.

From the environment: NEAR_RPC_URL, REGISTER_CONTRACT_ID, NEAR_ACCOUNT_ID and NEAR_PRIVATE_KEY, which
pay for gas and storage; PCCS_URL, a mirror of Intel's service, unless it is asked itself;
COLLATERAL_DIR, where a copy is kept; TEE_TEST_ROOT (DER, base64) on a chain of simulated machines.
`
const USAGE_EXIT = 2
/** Collateral lives for a month; and a timer of more than 24 days would go off at once. */
const HOURS_MAX = 168
const OPTIONS = {
  every: { type: "string" },
  help: { type: "boolean", short: "h", default: false },
} as const

// oxlint-disable-next-line node/no-process-env -- a command's configuration
const { env } = process

try {
  await run()
} catch (error) {
  process.stderr.write(`collateral: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}

async function run(): Promise<void> {
  const { positionals: families, values } = parseArgs({ allowPositionals: true, options: OPTIONS })
  if (values.help || families.length === 0) {
    process.stderr.write(USAGE)
    process.exitCode = values.help ? 0 : USAGE_EXIT
    return
  }
  const hours = Number(values.every ?? 0)
  if (!(hours >= 0 && hours <= HOURS_MAX)) {
    throw new Error(`--every is a number of hours, at most ${HOURS_MAX}`)
  }
  const contract = openContract(need("REGISTER_CONTRACT_ID"))
  const source = env["PCCS_URL"] ? { baseUrl: env["PCCS_URL"] } : INTEL_SOURCE
  const directory = env["COLLATERAL_DIR"] ?? ".collateral"
  const store = openStore(source, directory)
  const early = openStore({ ...source, early: true }, join(directory, "early"))
  if (env["TEE_TEST_ROOT"]) say("SIMULATED: this root is not Intel's")
  for (;;) {
    let failed = 0
    for (const fmspc of families) {
      try {
        const { outcome, facts } = await forwardCollateral(fmspc, store, early, contract)
        const until = new Date(facts.validUntil * 1000).toISOString()
        const { tcbInfo } = facts.evaluationNumber
        say(`${fmspc}: ${outcome}, evaluation number ${tcbInfo}, good until ${until}`)
      } catch (error) {
        failed += 1
        say(`${fmspc}: ${error instanceof Error ? describe(error) : String(error)}`)
      }
    }
    if (hours === 0) {
      process.exitCode = failed > 0 ? 1 : 0
      return
    }
    await sleep(hours * 3_600_000)
  }
}

function openStore(source: CollateralSource, directory: string): CollateralStore {
  return createCollateralStore({
    source,
    directory,
    rootCertificate: Buffer.from(env["TEE_TEST_ROOT"] ?? INTEL_ROOT_BASE64, "base64"),
    now: () => Math.floor(Date.now() / 1000),
    onTrouble: ({ fmspc, problem, detail }) => say(`${fmspc}: ${problem}: ${detail}`),
  })
}

function openContract(contractId: string): RegisterContract {
  const chain = openChain(need("NEAR_RPC_URL"))
  const signer = createSigner(chain, need("NEAR_ACCOUNT_ID"), need("NEAR_PRIVATE_KEY"))
  return {
    readFacts: async (fmspc) =>
      // The contract's own facts, as `readCollateral` made them there.
      (await chain.view(contractId, "get_collateral", { fmspc })) as CollateralFacts | null,
    update: (args) =>
      callContract(chain, signer, {
        contractId,
        method: "update_collateral",
        args,
        gas: 300n * TGAS,
        depositYocto: DEPOSIT_YOCTO,
      }),
  }
}

function describe(error: Error): string {
  const { cause } = error
  return cause instanceof Error ? `${error.message}: ${cause.message}` : error.message
}

function need(name: string): string {
  const value = env[name]
  if (!value) throw new Error(`${name} is missing in the environment`)
  return value
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
