import { expect, test } from "vitest"
import { type ProcessOptions, runProcess } from "./run-process.ts"

const options: ProcessOptions = {
  cwd: "/",
  env: { PATH: "/usr/bin:/bin" },
  timeoutMs: 20_000,
  signal: new AbortController().signal,
}
const shell = (script: string, more: Partial<ProcessOptions> = {}) =>
  runProcess("/bin/sh", ["-c", script], { ...options, ...more })

test("gives what was written, and the exit code", async () => {
  const ended = await shell("echo out; echo err >&2; exit 3")

  expect(ended).toEqual({ exitCode: 3, stopped: undefined, stdout: "out\n", stderr: "err\n" })
})

test("what a program shall read comes by descriptor 3, to its end, and need not be read", async () => {
  const descriptor3 = Buffer.from("bytes")

  expect((await shell("cat <&3", { descriptor3 })).stdout).toBe("bytes")
  expect((await shell("exit 2", { descriptor3: Buffer.alloc(1 << 20) })).exitCode).toBe(2)
  expect((await shell("cat <&3 2>/dev/null || echo none")).stdout).toBe("none\n")
})

test("nothing of our environment is inherited", async () => {
  const { stdout } = await shell("env", { env: { ONLY: "this" } })

  expect(stdout.split("\n").filter((line) => !/^(?:PWD|SHLVL|_)=/.test(line))).toEqual([
    "ONLY=this",
    "",
  ])
})

test("a process that takes too long ends with all that it started", async () => {
  const ended = await shell("sleep 600 & echo $!; wait", { timeoutMs: 200 })

  expect(ended.stopped).toBe("time")
  await expect.poll(() => isAlive(Number(ended.stdout))).toBe(false)
})

test("a child that outlives its parent is ended and does not hold us up", async () => {
  const ended = await shell("sleep 600 & echo $!")

  expect(ended.exitCode).toBe(0)
  await expect.poll(() => isAlive(Number(ended.stdout))).toBe(false)
})

test("too much output ends it", async () => {
  const ended = await shell("yes", { maxOutputBytes: 1000 })

  expect(ended.stopped).toBe("output")
})

test("of the errors, the end is kept", async () => {
  const { stderr } = await shell("yes | head -c 1000000 >&2; printf end >&2")

  expect(stderr).toHaveLength(64 * 1024)
  expect(stderr.endsWith("end")).toBe(true)
})

test("it can be given up, before and after it starts", async () => {
  const before = await shell("exit 0", { signal: AbortSignal.abort() })
  const after = await shell("sleep 600", { signal: AbortSignal.timeout(100) })

  expect([before.stopped, after.stopped]).toEqual(["aborted", "aborted"])
})

test("what watches it can end it", async () => {
  const ended = await shell("sleep 600", { watch: async () => "size" })

  expect(ended.stopped).toBe("size")
})

test("a program that is not there is our mistake", async () => {
  await expect(runProcess("/no/such/program", [], options)).rejects.toThrow("ENOENT")
})

/** A zombie is dead too: nobody may have fetched its exit code yet. */
async function isAlive(pid: number): Promise<boolean> {
  const { stdout } = await shell(`cat /proc/${pid}/stat 2>/dev/null`)
  return stdout !== "" && !stdout.includes(") Z ")
}
