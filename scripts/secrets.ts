/**
 * Seals and keeps an account's secrets:
 *
 *   npm run -s secrets -- store --repo REPO [--branch BRANCH] [--profile NAME] [--access JSON] < values.json
 *   npm run -s secrets -- access --repo REPO [--branch BRANCH] [--profile NAME] --access JSON
 *   npm run -s secrets -- delete --repo REPO [--branch BRANCH] [--profile NAME]
 *   npm run -s secrets -- list
 *
 * From the environment: NEAR_RPC_URL, API_BASE_URL (the coordinator), OFFCHAINVM_CONTRACT_ID,
 * REGISTER_CONTRACT_ID, NEAR_ACCOUNT_ID and NEAR_PRIVATE_KEY (the owner's). The values, a JSON object
 * of texts, come by standard input: an argument would stand in the list of processes.
 */
import { text } from "node:stream/consumers"
import { parseArgs } from "node:util"
import { createSigner, openChain } from "@outlayer/near"
import { parseAccessCondition } from "@outlayer/protocol/pure"
import { openVault } from "@outlayer/secrets"
import { z } from "zod"

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    repo: { type: "string" },
    branch: { type: "string" },
    profile: { type: "string", default: "default" },
    access: { type: "string" },
  },
})
// oxlint-disable-next-line node/no-process-env -- a command's configuration
const { env } = process

try {
  await run(positionals[0])
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}

async function run(command: string | undefined): Promise<void> {
  const chain = openChain(need("NEAR_RPC_URL"))
  const vault = openVault({
    chain,
    signer: createSigner(chain, need("NEAR_ACCOUNT_ID"), need("NEAR_PRIVATE_KEY")),
    coordinatorUrl: need("API_BASE_URL"),
    outlayerId: need("OFFCHAINVM_CONTRACT_ID"),
    registerId: need("REGISTER_CONTRACT_ID"),
  })
  switch (command) {
    case "store": {
      const secrets = z.record(z.string(), z.string()).parse(JSON.parse(await text(process.stdin)))
      const access = parseAccessCondition(JSON.parse(values.access ?? '"AllowAll"'))
      const { depositYocto, isSimulated } = await vault.store(place(), secrets, access)
      if (isSimulated) say("SIMULATED: this keystore's machine protects nothing")
      say(`stored: ${Object.keys(secrets).join(", ")}; storage deposit ${depositYocto} yoctoNEAR`)
      return
    }
    case "access":
      await vault.updateAccess(place(), parseAccessCondition(JSON.parse(needed("access"))))
      return say("access changed")
    case "delete":
      await vault.delete(place())
      return say("deleted; the storage deposit is back")
    case "list":
      return say(JSON.stringify(await vault.list(), null, 2))
    case undefined:
    default:
      throw new Error("store, access, delete or list: the head of scripts/secrets.ts says how")
  }
}

function place() {
  return { repo: needed("repo"), branch: values.branch, profile: values.profile }
}

function needed(name: "repo" | "access"): string {
  const value = values[name]
  if (value === undefined) throw new Error(`--${name} is missing`)
  return value
}

function need(name: string): string {
  const value = env[name]
  if (!value) throw new Error(`${name} is missing in the environment`)
  return value
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
