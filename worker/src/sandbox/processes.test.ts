import { spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync, readlinkSync } from "node:fs"
import { expect, onTestFinished, test } from "vitest"
import type { Level } from "./levels.ts"
import { children, describeLevels, isAlive, LIMITS, NO_INPUT, open } from "./sandbox-test.ts"
import { command } from "./test-guests.ts"

describeLevels((level) => {
  test("killing the worker ends its processes, those too that are running a guest", async () => {
    const worker = spawn(process.execPath, ["--input-type=module", "-e", WORKER(level)])
    onTestFinished(() => void worker.kill("SIGKILL"))
    await once(worker.stdout, "data")
    // One works for ever; those in the place of its forerunners may still be on their way.
    await expect.poll(() => descendants(worker.pid ?? 0).length).toBeGreaterThan(1)
    const processes = descendants(worker.pid ?? 0)

    worker.kill("SIGKILL")

    await expect.poll(() => processes.filter(isAlive)).toEqual([])
  })

  test("a process that is killed under its guest is our failure, and the next run is none", async () => {
    await using own = await open({ levels: [level], poolSize: 1 })
    const others = new Set(children())
    // Says a byte, and then nothing for ever.
    const loop = await command(`(data (i32.const 0) "\\00\\00\\00\\00\\01\\00\\00\\00")
      (func (export "_start")
        (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 16)))
        (loop $again (br $again)))`)
    const { promise: begun, resolve: onErrors } = Promise.withResolvers<unknown>()
    const endless = { ...LIMITS, maxInstructions: 10n ** 17n }
    const lost = own.run(loop, NO_INPUT, endless, { onErrors })
    await begun

    for (const pid of children()) if (!others.has(pid)) process.kill(pid, "SIGKILL")

    expect((await lost).outcome.kind).toBe("infrastructure")
    expect((await own.run(loop, NO_INPUT, { ...LIMITS, maxInstructions: 1n })).outcome).toEqual({
      kind: "out_of_fuel",
    })
  })
})

test("no process is left behind", async () => {
  const before = children()
  const sandbox = await open({ poolSize: 3 })
  const running = sandbox.run(await command(`(func (export "_start"))`), NO_INPUT, LIMITS)
  await running
  await sandbox[Symbol.asyncDispose]()

  expect(children().filter((pid) => !before.includes(pid))).toEqual([])
})

test("a process has none of the worker's environment", async () => {
  const before = new Set(children())
  await using _ = await open({ levels: ["process"], poolSize: 1 })
  await expect.poll(() => children().filter((pid) => !before.has(pid)).length).toBe(1)

  const [pid] = children().filter((id) => !before.has(id))

  expect(readFileSync(`/proc/${pid}/environ`, "utf8")).toMatch(/^(PWD=\/\0)?$/)
  expect(readlinkSync(`/proc/${pid}/cwd`)).toBe("/")
})

/** Starts a guest that never ends, and says so. */
const WORKER = (level: Level) => `
  import { setImmediate } from "node:timers/promises"
  import { createSandbox } from ${JSON.stringify(new URL("./sandbox.ts", import.meta.url))}
  import { command } from ${JSON.stringify(new URL("./test-guests.ts", import.meta.url))}
  const log = { info() {}, warn() {} }
  const options = { minLevel: "process", levels: ["${level}"], poolSize: 3, log }
  const sandbox = await createSandbox(options)
  const loop = await command('(func (export "_start") (loop $l (br $l)))')
  const run = (maxInstructions) => sandbox.run(
    loop,
    { stdin: new Uint8Array(0), environment: {} },
    { ...${JSON.stringify({ maxMemoryMb: 1, maxExecutionMs: 60_000, maxOutputBytes: 0 })}, maxInstructions },
  )
  await run(1n)
  const endless = run(10n ** 17n)
  await setImmediate()
  process.stdout.write("running")
  await endless
`

function descendants(pid: number): number[] {
  return children(pid).flatMap((child) => [child, ...descendants(child)])
}
