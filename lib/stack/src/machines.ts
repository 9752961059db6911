/**
 * SIMULATED machines: a guest agent each for workers and keystore, in processes of their own, under a
 * root that every start of the stack makes anew.
 */
import { randomBytes } from "node:crypto"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { collateralArguments, createDstackClient } from "@outlayer/attestation"
import {
  createCollateral,
  createPki,
  keyOriginOf,
  readMeasurement,
} from "@outlayer/attestation/simulator"
import { startServer, tether } from "@outlayer/testing/servers"
import { asLine, inheritLittle, type OnLog } from "./service.ts"

const SIMULATOR = fileURLToPath(import.meta.resolve("@outlayer/attestation/simulator/main"))
const ROLES = ["worker", "keystore"] as const
type Role = (typeof ROLES)[number]

export interface Machines extends AsyncDisposable {
  /** DER, base64. */
  rootCertificate: string
  sockets: Record<Role, string>
  /** What the owner of the register approves. */
  measurements: { role: Role; [field: string]: string }[]
  /** As `update_collateral` takes it. */
  collateral: object
}

export async function startMachines(home: string, onLog: OnLog): Promise<Machines> {
  await using started = new AsyncDisposableStack()
  const seed = randomBytes(32)
  const pki = createPki(seed)
  const sockets = { worker: join(home, "worker.sock"), keystore: join(home, "keystore.sock") }
  const measurements = await Promise.all(
    ROLES.map(async (role) => {
      const compose_hash = randomBytes(32).toString("hex")
      const words = ["agent", "--seed", seed.toString("hex"), "--socket", sockets[role]]
      const onLine = asLine(`machine of the ${role}`, onLog)
      started.use(await startAgent([...words, "--compose-hash", compose_hash], onLine))
      const origin = role === "keystore" ? keyOriginOf({ composeHash: compose_hash }) : {}
      const measured = await measure(sockets[role])
      return { role, ...measured, compose_hash, ...origin, label: "simulated" }
    }),
  )
  const collateral = createCollateral(pki, Math.floor(Date.now() / 1_000) - 3_600)
  const running = started.move()
  return {
    rootCertificate: Buffer.from(pki.root.certificate).toString("base64"),
    sockets,
    measurements,
    collateral: collateralArguments(collateral),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

function startAgent(words: string[], onLine: (text: string) => void) {
  const command = [...tether("TERM"), process.execPath, SIMULATOR, ...words]
  const findUp = (line: string) => {
    onLine(line)
    return line.startsWith("SIMULATED") ? "up" : undefined
  }
  return startServer(command, inheritLittle(), findUp, onLine)
}

async function measure(socketPath: string) {
  const { quote } = await createDstackClient({ socketPath }).getQuote(new Uint8Array(64))
  return readMeasurement(quote)
}
