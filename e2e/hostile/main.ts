/**
 * The hostile coordinator as a program, for `npm start -- --between`:
 *
 *   main.ts FILE ADDRESS
 *
 * It stands before the coordinator at ADDRESS, does to the tasks with secrets two things that it draws from
 * its list, and keeps every byte that passes in FILE.
 */
import { randomBytes } from "node:crypto"
import { appendFileSync } from "node:fs"
import { buildRecordBytes } from "@outlayer/protocol/pure"
import { importSigningSeed, nodePrimitives, sha256Hex } from "@outlayer/protocol/sealing/node"
import { startHostileCoordinator } from "./coordinator.ts"
import { openDraw } from "./draw.ts"
import { listMischief, type Program } from "./mischief.ts"

const [file, address] = process.argv.slice(2)
if (file === undefined || address === undefined) throw new Error("main.ts FILE ADDRESS")

const hostile = await startHostileCoordinator(address, {
  onPassed: (bytes) => appendFileSync(file, bytes),
  onMischief: (name) => say("mischief done", { name }),
})
const draw = openDraw()
const listed = listMischief({ thief: invent("thief"), old: invent("old") })
const isOfKeystore = ({ at }: (typeof listed)[number]) => at.startsWith("/keystore")
// Each of a kind costs a try, and each try a little more patience.
for (const some of [listed.filter((one) => !isOfKeystore(one)), listed.filter(isOfKeystore)]) {
  const drawn = some[draw(some.length)]
  if (drawn) hostile.plan(drawn)
}
say("listening", { address: hostile.url })

/** The smallest of programs, of a builder of ours: what has passed so far has none to show. */
function invent(name: string): Program {
  const builder = importSigningSeed(randomBytes(32))
  const wasm = Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])
  const facts = {
    repo: `github.com/mallory/${name}`,
    commit: "5".repeat(40),
    branches: ["main"],
    build_target: "wasm32-wasip2",
    toolchain: "mallory",
    wasm_hash: sha256Hex(wasm),
    builder: builder.publicKey,
  }
  const signature = Buffer.from(builder.sign(buildRecordBytes(nodePrimitives, facts)))
  const record = { ...facts, signature: signature.toString("base64") }
  return { checksum: facts.wasm_hash, record, wasm, commit: facts.commit }
}

/** As our services log. */
function say(msg: string, facts: object): void {
  process.stdout.write(`${JSON.stringify({ service: "hostile", level: 30, msg, ...facts })}\n`)
}
