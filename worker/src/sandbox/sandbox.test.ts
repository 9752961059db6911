import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { componentCommand } from "./component/component.fixture.ts"
import type { Program, RunLimits } from "./execution.ts"
import type { Sandbox } from "./sandbox.ts"
import { children, describeLevels, LIMITS, NO_INPUT, open, text } from "./sandbox-test.ts"
import { command, compileC, programOf } from "./test-guests.ts"

let guest: Program
beforeAll(async () => {
  guest = await compileC()
})

describeLevels((level) => {
  let sandbox: Sandbox
  beforeAll(async () => {
    sandbox = await open({ levels: [level] })
  })
  afterAll(() => sandbox[Symbol.asyncDispose]())

  const run = (program: Program, limits?: Partial<RunLimits>) =>
    sandbox.run(program, NO_INPUT, { ...LIMITS, ...limits })
  const runC = (what: string, given: { stdin?: string; limits?: Partial<RunLimits> } = {}) =>
    sandbox.run(
      guest,
      {
        stdin: Buffer.from(given.stdin ?? ""),
        environment: { NEAR_SENDER_ID: "alice.near", SECRET: "s3cret=ä" },
        arguments: [what],
      },
      { ...LIMITS, ...given.limits },
    )

  test("a program's stdout is the output, its stderr is kept apart", async () => {
    const execution = await runC("hello")

    expect(execution).toMatchObject({ outcome: { kind: "ok" }, level })
    expect(text(execution)).toBe("hello\n")
    expect(Buffer.from(execution.stderrTail).toString()).toBe("a word to the operator\n")
    expect(execution.instructions).toBeGreaterThan(100n)
    expect(execution.timeMs).toBeGreaterThan(0)
  })

  test("stdin arrives whole", async () => {
    const stdin = "0123456789abcdef".repeat(4096)

    expect(text(await runC("echo", { stdin }))).toBe(stdin)
  })

  test("a guest sees its own environment and nothing of the worker's", async () => {
    expect(text(await runC("env"))).toBe("NEAR_SENDER_ID=alice.near\nSECRET=s3cret=ä\n")
    expect(text(await runC("files"))).toBe("0 0\n0 0\n")
  })

  test("a guest works on copies of the files that it is given, and reaches no others", async () => {
    const files = { "in/a.txt": Buffer.from("carried\n"), "out/": new Uint8Array(0) }
    const input = { ...NO_INPUT, arguments: ["copy"], files }

    const [first, second] = [
      await sandbox.run(guest, input, LIMITS),
      await sandbox.run(guest, input, LIMITS),
    ]

    expect(text(first)).toBe("8 0\ncarried\n")
    expect(text(second)).toBe(text(first))
    expect(Object.keys(files)).toEqual(["in/a.txt", "out/"])
  })

  test("an hour's sleep takes no time, and the clock knows of it", async () => {
    const before = Math.floor(Date.now() / 1000)
    const execution = await runC("clock")

    const [started = 0, slept] = text(execution).split(" ").map(Number)
    expect(started).toBeGreaterThanOrEqual(before)
    expect(started).toBeLessThan(before + 60)
    expect(slept).toBe(3600)
  })

  test("two runs of the same request draw differently", async () => {
    const first = text(await runC("random"))
    const second = text(await runC("random"))

    expect(first).toMatch(/^[0-9a-f]{32}$/)
    expect(second).not.toBe(first)
  })

  test("the exit code is told", async () => {
    expect((await runC("exit")).outcome).toEqual({ kind: "exit_nonzero", exitCode: 7 })
  })

  test("a loop that nothing pays for ends at the wall clock, and what it used is known", async () => {
    const loop = await command(`(func (export "_start") (loop $again (br $again)))`)

    const execution = await run(loop, { maxInstructions: 10n ** 17n, maxExecutionMs: 200 })

    expect(execution).toMatchObject({ outcome: { kind: "timed_out" }, timeMs: 200 })
    expect(execution.instructions).toBeGreaterThan(1000n)
  })

  test("fuel ends a guest at exactly what it may spend", async () => {
    const loop = await command(`(func (export "_start") (loop $again (br $again)))`)

    const execution = await run(loop, { maxInstructions: 1_000_000n })

    expect(execution.outcome).toEqual({ kind: "out_of_fuel" })
    expect(execution.instructions).toBe(1_000_000n)
  })

  test("memory beyond the limit ends who cannot do without, and no other", async () => {
    const limits = { maxMemoryMb: 8 }

    expect((await runC("allocate", { limits })).outcome).toEqual({ kind: "out_of_memory" })
    expect(text(await runC("careful", { limits }))).toBe("little\n")
  })

  test("a guest gets all the memory that a request may ask for", async () => {
    const limits = { maxMemoryMb: 512, maxInstructions: 10n ** 10n }

    expect(text(await runC("fill", { limits }))).toBe("filled\n")
  })

  test("a module that starts with more memory than it may have is out of memory", async () => {
    const greedy = await programOf(
      `(module (memory (export "memory") 100) (func (export "_start")))`,
    )

    expect((await run(greedy, { maxMemoryMb: 6 })).outcome).toEqual({ kind: "out_of_memory" })
    expect((await run(greedy, { maxMemoryMb: 7 })).outcome).toEqual({ kind: "ok" })
  })

  test("deep recursion is a stack overflow, long before V8's own", async () => {
    const deep = await command(`(func $f (export "_start") (call $f))`)

    expect((await run(deep)).outcome).toEqual({ kind: "stack_overflow" })
    expect((await runC("depth")).outcome.kind).toMatch(/stack_overflow|trap/)
  })

  test("output ends at its limit, at once", async () => {
    const flood = await command(`(data (i32.const 0) "\\08\\00\\00\\00\\04\\00\\00\\00abcd")
      (func (export "_start")
        (loop $again (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))
          (br $again)))`)

    const execution = await run(flood, { maxOutputBytes: 10 })

    expect(execution.outcome).toEqual({ kind: "output_too_large" })
    expect(text(execution)).toBe("abcdabcdab")
  })

  test("a trap says which and where", async () => {
    const divide = await command(`(func $split (param i32) (result i32)
        (i32.div_s (i32.const 1) (local.get 0)))
      (func $main (export "_start") (drop (call $split (i32.const 0))))`)
    const wild = await command(`(func (export "_start") (drop (i32.load (i32.const -4))))`)

    const { outcome } = await run(divide)

    expect(outcome).toMatchObject({ kind: "trap", trap: "integer divide by zero" })
    const [split, main] = outcome.kind === "trap" ? outcome.where : []
    expect([split, main]).toMatchObject([
      { name: "split", function: 3 },
      { name: "main", function: 4 },
    ])
    // The one function stands before the other.
    expect(split?.offset).toBeGreaterThan(8)
    expect(main?.offset).toBeGreaterThan(split?.offset ?? 0)
    expect((await run(wild)).outcome).toMatchObject({ trap: "out of bounds memory access" })
  })

  test("the same wasm, input and seed give the same output and the same fuel", async () => {
    const seeded = { drawSeed: () => new Uint8Array(32).fill(7), readWallClock: () => 10n ** 18n }
    await using fixed = await open({ levels: [level], ...seeded })
    const draw = () => fixed.run(guest, { ...NO_INPUT, arguments: ["random"] }, LIMITS)

    const [first, second] = [await draw(), await draw()]

    expect(text(first)).toMatch(/^[0-9a-f]{32}$/)
    expect(text(second)).toBe(text(first))
    expect(second.instructions).toBe(first.instructions)
  })

  test("the caller's signal ends a run, also one that has not begun", async () => {
    const loop = await command(`(func (export "_start") (loop $again (br $again)))`)
    const endless = { ...LIMITS, maxInstructions: 10n ** 17n }
    const during = sandbox.run(loop, NO_INPUT, endless, { signal: AbortSignal.timeout(100) })

    expect((await during).outcome).toEqual({ kind: "aborted" })
    const before = sandbox.run(loop, NO_INPUT, endless, { signal: AbortSignal.abort() })
    expect((await before).outcome).toEqual({ kind: "aborted" })
  })

  test("the caller's signal ends what is before a run: checking the module, waiting", async () => {
    await using stuck = await open({ levels: [level], poolSize: 1 })
    const program = await command(`(func (export "_start") (nop) (nop) (nop))`)
    for (const child of children()) process.kill(child, "SIGSTOP")
    try {
      const [checking, waiting] = [new AbortController(), new AbortController()]
      const runs = [checking, waiting].map(({ signal }) =>
        stuck.run(program, NO_INPUT, LIMITS, { signal }),
      )
      checking.abort()
      waiting.abort()
      for (const run of runs) expect((await run).outcome).toEqual({ kind: "aborted" })
    } finally {
      for (const child of children()) process.kill(child, "SIGCONT")
    }
  })

  describe("of a guest that is killed it is known what it had spent at a host call", () => {
    // 16 bytes for some 240 units of fuel at least.
    const ENOUGH_BYTES = 10_000_000

    test.for([
      [
        "a module",
        () =>
          command(`(data (i32.const 0) "\\00\\00\\00\\00\\10\\00\\00\\00")
            (func (export "_start") (loop $again
              (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))
              (br $again)))`),
      ],
      [
        "a component",
        () =>
          componentCommand({
            core: `(body (local $to i32) (local.set $to (call $stdout))
              (loop $again
                (call $write (local.get $to) (i32.const 0) (i32.const 640) (i32.const 65000))
                (br $again))
              (i32.const 0))`,
          }),
      ],
    ] as const)("%s", async ([, make]) => {
      const endless = {
        maxInstructions: 10n ** 17n,
        maxMemoryMb: 64,
        maxExecutionMs: LIMITS.maxExecutionMs,
        maxOutputBytes: 10 ** 9,
      }
      const enough = new AbortController()
      let written = 0
      const onOutput = (bytes: Uint8Array) => {
        written += bytes.length
        if (written > ENOUGH_BYTES) enough.abort()
      }

      const { signal } = enough
      const killed = await sandbox.run(await make(), NO_INPUT, endless, { signal, onOutput })

      expect(killed.outcome).toEqual({ kind: "aborted" })
      expect(killed.instructions).toBeGreaterThan(100_000_000n)
    })
  })

  test("more runs at once than the pool has processes all end", async () => {
    const runs = await Promise.all(Array.from({ length: 6 }, () => runC("hello")))

    expect(runs.map(text)).toEqual(Array.from({ length: 6 }, () => "hello\n"))
  })
})

test("a machine that cannot reach the level asked for is told so", async () => {
  const unable = open({ minLevel: "namespaces", levels: ["process"] })
  await expect(unable).rejects.toThrow(/"namespaces".*SANDBOX_MIN_LEVEL/)
  const weaker = open({ minLevel: "full", levels: ["process", "namespaces"] })
  await expect(weaker).rejects.toThrow(/"full".*SANDBOX_MIN_LEVEL/)
})
