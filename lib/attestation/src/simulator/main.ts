/**
 * Processes and files of simulated machines, for TEE_MODE=simulated and for tests:
 *
 *   main.ts agent --seed HEX --socket PATH (--compose-file FILE | --compose-hash HEX) [--instance-id HEX]
 *                 [--mrtd HEX] [--rtmr0 HEX] [--rtmr1 HEX] [--rtmr2 HEX]
 *   main.ts pccs --seed HEX --port PORT
 *   main.ts export --seed HEX --out DIRECTORY     root.der, root.pem, collateral.json
 *   main.ts small-set --out DIRECTORY             quotes for `npm run -s quotes DIRECTORY`
 *
 * The same seed gives the same root and the same machine in every process.
 */
import { createHash } from "node:crypto"
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { toPem } from "./certificate.ts"
import { createCollateral } from "./collateral.ts"
import { startGuestAgent } from "./guest-agent.ts"
import { startPccs } from "./pccs.ts"
import { createPki } from "./pki.ts"
import { writeSmallSet } from "./small-set.ts"

const text = { type: "string" } as const
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: text,
    socket: text,
    port: text,
    out: text,
    "compose-file": text,
    "compose-hash": text,
    "instance-id": text,
    mrtd: text,
    rtmr0: text,
    rtmr1: text,
    rtmr2: text,
  },
})

/** Collateral that is an hour old at any time. */
const issuedAt = () => Math.floor(Date.now() / 1000) - 3600

switch (positionals[0] ?? "") {
  case "agent": {
    const { mrtd: mrTd, rtmr0, rtmr1, rtmr2 } = values
    const given = Object.entries({ mrTd, rtmr0, rtmr1, rtmr2 }).filter(([, value]) => value)
    const boot = { composeHash: await readComposeHash(), instanceId: values["instance-id"] ?? "" }
    const socket = demand("socket")
    await startGuestAgent(socket, { seed: readSeed(), boot, report: Object.fromEntries(given) })
    say(`SIMULATED guest agent on ${socket}`)
    break
  }
  case "pccs": {
    const pki = createPki(readSeed())
    const pccs = await startPccs({
      collateral: () => createCollateral(pki, issuedAt()),
      fmspc: pki.platform.fmspc,
      port: Number(demand("port")),
    })
    say(`SIMULATED provisioning certification service on ${pccs.url}`)
    break
  }
  case "export": {
    const pki = createPki(readSeed())
    const { certificate } = pki.root
    const out = demand("out")
    await mkdir(out, { recursive: true })
    await writeFile(join(out, "root.der"), certificate)
    await writeFile(join(out, "root.pem"), toPem(certificate))
    const collateral = createCollateral(pki, issuedAt())
    await writeFile(join(out, "collateral.json"), JSON.stringify(collateral, null, 1))
    say(`SIMULATED root and collateral in ${out}`)
    break
  }
  case "small-set":
    await writeSmallSet(demand("out"))
    break
  default:
    fail("agent, pccs, export or small-set")
}

async function readComposeHash(): Promise<string> {
  const file = values["compose-file"]
  // As dstack: of the bytes as they are.
  if (file !== undefined)
    return createHash("sha256")
      .update(await readFile(file))
      .digest("hex")
  const hash = demand("compose-hash").toLowerCase()
  return /^[0-9a-f]{64}$/.test(hash) ? hash : fail("--compose-hash is 32 bytes of hex")
}

function readSeed(): Uint8Array {
  const seed = Buffer.from(demand("seed"), "hex")
  return seed.length >= 16 ? seed : fail("--seed is at least 16 bytes of hex")
}

function demand(name: keyof typeof values): string {
  return values[name] ?? fail(`--${name} is missing`)
}

function fail(problem: string): never {
  process.stderr.write(`simulator: ${problem}\n`)
  process.exit(2)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
