/**
 * The two ways to bound a child's memory: RLIMIT_DATA, with V8's trap handler in the place of bounds
 * checks, or RLIMIT_AS, for which V8 must reserve no more than a memory's maximum, and so check each
 * access. By turns in one run; what the guest does is read and write memory.
 */
import { commands } from "@yowasp/clang"
import { meterForGuest } from "@outlayer/metering"
import { type Confinement, findConfinements } from "../src/sandbox/host/confinement.ts"
import { GuestProcess } from "../src/sandbox/host/guest-process.ts"
import { prepareRuntime } from "../src/sandbox/host/runtime.ts"
import { median } from "./measure.ts"

export interface MemoryLimit {
  way: string
  startMs: number
  /** Of the guest, from its module to its outcome. */
  runMs: number
}

const PAGES = 8192
/** KiB: as much data as `confinement.ts` grants, and what Node and its libraries map beside it. */
const ADDRESS_SPACE = 3_000_000

const SOURCE = `
static unsigned char sieve[1 << 21];
static unsigned next[1 << 18];
volatile unsigned result;
__attribute__((export_name("_start"))) void start(void) {
  unsigned sum = 0;
  for (int round = 0; round < 6; round++) {
    for (unsigned i = 0; i < sizeof sieve; i++) sieve[i] = 1;
    for (unsigned i = 2; i * i < sizeof sieve; i++)
      if (sieve[i]) for (unsigned j = i * i; j < sizeof sieve; j += i) sieve[j] = 0;
    for (unsigned i = 0; i < sizeof sieve; i++) sum += sieve[i];
  }
  unsigned count = 1 << 18;
  for (unsigned i = 0; i < count; i++) next[i] = (i * 40503u + 7) % count;
  for (unsigned i = 0, at = 0; i < 8000000; i++) { at = next[at]; sum += at; }
  result = sum;
}`

export async function benchMemoryLimits(rounds: number): Promise<MemoryLimit[]> {
  const { script } = await prepareRuntime()
  const [confinement] = findConfinements()
  if (!confinement) throw new Error("no process can be started")
  const wasm = meterForGuest(await compile(), { maxMemoryPages: PAGES }).bytes
  const ways: [string, Confinement][] = [
    ["RLIMIT_DATA, trap handler", confinement],
    ["RLIMIT_AS, bounds checks", withoutTrapHandler(confinement)],
  ]
  const times = ways.map(() => ({ start: [] as number[], run: [] as number[] }))
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, [, how]] of ways.entries()) {
      const { startMs, runMs } = await runOnce(how, script, wasm)
      times[index]?.start.push(startMs)
      times[index]?.run.push(runMs)
    }
  }
  return ways.map(([way], index) => ({
    way,
    startMs: median(times[index]?.start ?? []),
    runMs: median(times[index]?.run ?? []),
  }))
}

function withoutTrapHandler({ command, ...rest }: Confinement): Confinement {
  const data = /ulimit -d \d+/
  if (!command.some((word) => data.test(word))) throw new Error("data is bounded in another way")
  const words = command.map((word) => word.replace(data, `ulimit -v ${ADDRESS_SPACE}`))
  return { ...rest, command: [...words, "--disable-wasm-trap-handler"] }
}

async function runOnce(confinement: Confinement, script: Uint8Array, wasm: Uint8Array) {
  const startedAt = performance.now()
  const guest = await GuestProcess.start(confinement, script)
  const readyAt = performance.now()
  const { ending } = await guest.ask({
    job: {
      kind: "run",
      arguments: [],
      environment: [],
      seed: Buffer.alloc(32).toString("base64"),
      wallClockNs: "0",
      maxInstructions: "1000000000000",
      maxExecutionMs: 60_000,
      maxOutputBytes: 0,
    },
    parts: [wasm, new Uint8Array(0), new Uint8Array(0)],
    maxOutputBytes: 0,
    timeoutMs: 60_000,
  })
  const runMs = performance.now() - readyAt
  await guest.gone
  const isOk =
    ending.kind === "reported" &&
    ending.report.kind === "ran" &&
    ending.report.outcome.kind === "ok"
  if (!isOk) throw new Error(`the guest ended as ${JSON.stringify(ending)}`)
  return { startMs: readyAt - startedAt, runMs }
}

async function compile(): Promise<Uint8Array> {
  const options = ["--target=wasm32-wasip1", "-O2", "-nostdlib", "-fno-builtin", "-Wl,--no-entry"]
  const args = [...options, "-o", "guest.wasm", "guest.c"]
  const files = await commands.clang(args, { "guest.c": SOURCE }, { fetchProgress() {} })
  const wasm = files?.["guest.wasm"]
  if (!(wasm instanceof Uint8Array)) throw new Error("clang gave no module")
  return Uint8Array.from(wasm)
}
