/**
 * The keystore's application in a process of its own: says where it is, and then, whenever it has done
 * as much of the yardstick's work as it was told, how much CPU it has used.
 */
import { createHash } from "node:crypto"
import { join } from "node:path"
import { AccountId } from "@outlayer/protocol"
import { createLogger } from "@outlayer/service"
import { buildApp } from "../src/app.ts"
import { createMetricsOf } from "../src/metrics.ts"
import { openRecordLog } from "../src/records/record-log.ts"
import { createChallenges } from "../src/sessions/challenges.ts"
import { createSessions } from "../src/sessions/sessions.ts"
import { benchChain, benchWorker, CONTRACT, openBenchKeyring, sessionOf, TOKEN } from "./world.ts"
import { createYardstick } from "./yardstick.ts"

const [folder = ".", workers = "1"] = process.argv.slice(2)
const keyring = await openBenchKeyring()
const sessions = createSessions()
const register = AccountId.parse("register.near")
const parts = {
  identity: {
    network: keyring.network,
    contract_id: CONTRACT,
    register_id: register,
    account_id: AccountId.parse("keystore.near"),
    signing_key: keyring.signing.publicKey,
    encryption_key: keyring.encryptionKey,
    epoch: 1,
  },
  teeMode: "simulated" as const,
  root: "",
  chain: benchChain(keyring),
  accounts: { outlayer: CONTRACT, register },
  keyring,
  challenges: createChallenges(),
  sessions,
  records: await openRecordLog(join(folder, "records.jsonl"), keyring),
  metrics: createMetricsOf(sessions),
  log: createLogger("bench", "silent"),
}
const tokenHashes = [createHash("sha256").update(TOKEN).digest("hex")]
const app = await buildApp(parts, { tokenHashes, perMinute: 1e9 })
const baseUrl = await app.listen({ host: "127.0.0.1", port: 0 })
const sessionIds = Array.from(
  { length: Number(workers) },
  (_, number) => sessions.open(sessionOf(benchWorker(number))).id,
)
process.send?.({ baseUrl, sessionIds })
const once = createYardstick()
process.on("message", ({ yardstick }: { yardstick: number }) => {
  for (let at = 0; at < yardstick; at += 1) once()
  process.send?.(process.cpuUsage())
})
