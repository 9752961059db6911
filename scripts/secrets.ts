/** `npm run -s secrets`: seals and keeps the secrets of an account. */
import { text } from "node:stream/consumers"
import { parseArgs } from "node:util"
import { createSigner, openChain } from "@outlayer/near"
import { AccountId } from "@outlayer/protocol"
import { parseAccessCondition } from "@outlayer/protocol/pure"
import { chooseWitnesses, openVault } from "@outlayer/secrets"
import { checkQuorum, loadConfig, quorumVariables, secret } from "@outlayer/service"
import { z } from "zod"

const USAGE = `usage: npm run -s secrets -- COMMAND

  store --repo REPO [--branch BRANCH] [--profile NAME] --access JSON < values.json
  access --repo REPO [--branch BRANCH] [--profile NAME] --access JSON
  reseal --repo REPO [--branch BRANCH] [--profile NAME]
  delete --repo REPO [--branch BRANCH] [--profile NAME]
  list

--access says who may have the secret used, '{"Whitelist": {"accounts": ["app.near"]}}' for one: it
has no default, for '"AllowAll"' is everybody. reseal: after the keystore's keys have changed. The values, a JSON object of texts, come by standard
input: an argument would stand in the list of processes.

From the environment: API_BASE_URL (the coordinator), OFFCHAINVM_CONTRACT_ID, REGISTER_CONTRACT_ID,
NEAR_ACCOUNT_ID and NEAR_PRIVATE_KEY (the owner's), NEAR_RPC_URLS (of several operators) and
NEAR_RPC_QUORUM (how many of them must agree on whose key is sealed to). NEAR_RPC_URL alone will do
for a chain on this machine.
`
const COMMANDS = ["store", "access", "reseal", "delete", "list"]
/** Nothing else than a seal can be lost to an endpoint that lies. */
const SEALING = ["store", "reseal"]
const USAGE_EXIT = 2

try {
  process.exitCode = await main()
} catch (error) {
  complain(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      repo: { type: "string" },
      branch: { type: "string" },
      profile: { type: "string", default: "default" },
      access: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  })
  const [command] = positionals
  if (values.help || command === undefined || !COMMANDS.includes(command)) {
    process.stderr.write(USAGE)
    return values.help ? 0 : USAGE_EXIT
  }
  const config = readConfig()
  const urls = config.NEAR_RPC_URLS ?? [config.NEAR_RPC_URL]
  const chain = openChain(config.NEAR_RPC_URL)
  const believed = { urls, quorum: config.NEAR_RPC_QUORUM }
  const vault = openVault({
    chain,
    witnesses: SEALING.includes(command) ? chooseWitnesses(believed, complain) : chain,
    signer: createSigner(chain, config.NEAR_ACCOUNT_ID, config.NEAR_PRIVATE_KEY.reveal()),
    coordinatorUrl: config.API_BASE_URL,
    outlayerId: config.OFFCHAINVM_CONTRACT_ID,
    registerId: config.REGISTER_CONTRACT_ID,
  })
  if (command === "list") {
    say(JSON.stringify(await vault.list(), null, 2))
    return 0
  }
  const { repo = missing("repo"), branch, profile } = values
  const place = { repo, branch, profile }
  if (command === "delete") {
    await vault.delete(place)
    say("deleted; the storage deposit is back")
    return 0
  }
  if (command === "reseal") {
    const { epoch, wasEpoch } = await vault.reseal(place)
    say(`sealed for epoch ${epoch}, was ${wasEpoch}`)
    return 0
  }
  const access = parseAccessCondition(JSON.parse(values.access ?? missing("access")))
  if (command === "access") {
    await vault.updateAccess(place, access)
    say("access changed")
    return 0
  }
  const secrets = z.record(z.string(), z.string()).parse(JSON.parse(await text(process.stdin)))
  const { depositYocto, isSimulated } = await vault.store(place, secrets, access)
  if (isSimulated) say("SIMULATED: this keystore's machine protects nothing")
  say(`stored: ${Object.keys(secrets).join(", ")}; storage deposit ${depositYocto} yoctoNEAR`)
  return 0
}

function missing(name: string): never {
  throw new Error(`--${name} is missing`)
}

function readConfig() {
  // oxlint-disable-next-line node/no-process-env -- a command's configuration
  const { env } = process
  const first = env["NEAR_RPC_URLS"]?.split(",")[0]?.trim()
  return loadConfig(
    {
      NEAR_RPC_URL: z.url(),
      NEAR_RPC_URLS: quorumVariables.NEAR_RPC_URLS.optional(),
      NEAR_RPC_QUORUM: quorumVariables.NEAR_RPC_QUORUM.optional(),
      API_BASE_URL: z.url(),
      OFFCHAINVM_CONTRACT_ID: AccountId,
      REGISTER_CONTRACT_ID: AccountId,
      NEAR_ACCOUNT_ID: AccountId,
      NEAR_PRIVATE_KEY: secret,
    },
    { NEAR_RPC_URL: first, ...env },
    (given) => checkQuorum(given, { isReal: false }),
  )
}

function complain(line: string): void {
  process.stderr.write(`${line}\n`)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
