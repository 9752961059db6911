import { describeWhere } from "@outlayer/testing/machine"
import { expect, test } from "vitest"
import { describeNamespaces } from "../sandbox-test.ts"
import { CALLS_AS_I386, callKernel, evaluate, runCode } from "./confined-test.ts"
import { findConfinements } from "./confinement.ts"
import { answer, assemble } from "../../seccomp/bpf.ts"
import { ANSWERS } from "../../seccomp/filter.ts"
import { GUEST_CALLS } from "./guest-calls.ts"
import { prepareRuntime } from "./runtime.ts"
import { tryChild } from "./try-child.ts"

describeNamespaces(() => {
  test("no socket is opened: not of the network, not of this machine", async () => {
    const connects = (target: string) =>
      `new Promise((resolve) => require("node:net").connect(${target}).on("error", ({ code }) => resolve(code)))`
    const words = `[
      await ${connects(`80, "127.0.0.1"`)},
      await ${connects(`"/run/docker.sock"`)},
      await new Promise((resolve) => require("node:dgram").createSocket("udp4")
        .on("error", ({ code }) => resolve(code)).bind(function () { this.close(); resolve("bound") })),
    ]`

    expect(await evaluate("full", words)).toEqual(["EPERM", "EPERM", "EPERM"])
    expect(await evaluate("namespaces", words)).toEqual(["ECONNREFUSED", "ENOENT", "bound"])
  })

  test("no process is started, and none but its own init is there", async () => {
    const words = `[
      require("node:child_process").spawnSync("/node", ["-v"]).error?.code,
      await attempt(() => process.kill(1, 0)),
      await attempt(() => process.kill(process.pid, 0)),
      await attempt(() => fs.readdirSync("/proc")),
      process.pid,
    ]`

    expect(await evaluate("full", words)).toEqual(["EPERM", "EPERM", "EPERM", "ENOENT", 2])
    expect(await evaluate("namespaces", words)).toEqual([null, true, true, "ENOENT", 2])
  })

  test("nothing is written, listed or made, and of the host nothing is read", async () => {
    const words = `[
      await attempt(() => fs.writeFileSync("/new", "")),
      await attempt(() => fs.openSync("/node", "r+")),
      await attempt(() => fs.writeFileSync("/dev/shm/new", "")),
      await attempt(() => fs.mkdirSync("/folder")),
      await attempt(() => fs.unlinkSync("/node")),
      await attempt(() => fs.chmodSync("/node", 0o777)),
      await attempt(() => fs.readdirSync("/")),
      await attempt(() => fs.readFileSync("/etc/passwd")),
      await attempt(() => fs.readFileSync("/proc/self/environ")),
    ]`

    expect(await evaluate("full", words)).toEqual([
      ...Array.from({ length: 7 }, () => "EPERM"),
      "ENOENT",
      "ENOENT",
    ])
  })

  test("who replaces itself becomes Node again, under the same filter", async () => {
    const script = `
      let answer = "open"
      try { require("node:fs").openSync("/", "r+") } catch ({ code }) { answer = code }
      require("node:fs").writeSync(1, JSON.stringify(answer))`
    const words = `process.execve("/node", ["/node", "--eval", ${JSON.stringify(script)}], {})`

    expect(await evaluate("full", words)).toBe("EPERM")
    await expect(evaluate("full", `process.execve("/bin/sh", [], {})`)).rejects.toThrow("ENOENT")
  })

  test("a filter that denies nothing is found out, and one that denies too much", async () => {
    const full = findConfinements().find(({ level }) => level === "full")
    const { script } = await prepareRuntime()
    const withAnswer = (k: number) => ({
      level: "full" as const,
      command: full?.command ?? [],
      filter: assemble([answer(k)]),
    })

    await expect(tryChild(withAnswer(ANSWERS.allow), script)).rejects.toThrow(
      "the filter has no effect",
    )
    await expect(tryChild(withAnswer(ANSWERS.deny), script)).rejects.toThrow("exit code")
  })

  describeWhere("an x86-64 processor", process.arch === "x64", () => {
    test("the kernel denies every call that the table does not name", async () => {
      // The last two are uretprobe and uprobe: no filter is asked, they end who was not probed.
      const named = new Set([...GUEST_CALLS.map(({ x64 }) => x64), 335, 336])
      const others = Array.from({ length: 600 }, (_, number) => number).filter((n) => !named.has(n))

      const answers = await callKernel(
        "full",
        others.map((number) => [number]),
      )

      expect(others.filter((_, index) => answers[index] !== -EPERM)).toEqual([])
      expect(others.length).toBeGreaterThan(500)
    })

    test("what namespaces alone would let pass is denied", async () => {
      expect(await callKernel("full", TELLING)).toEqual(TELLING.map(() => -EPERM))
      const unfiltered = await callKernel("namespaces", TELLING)
      expect(TELLING.filter((_, index) => unfiltered[index] === -EPERM)).toEqual([])
    })

    test("arguments decide: no process, no file to write, no limit set", async () => {
      const answers = await callKernel("full", [
        [CLONE, 17],
        [CLONE, 0x7e020000 + 17],
        [CLONE3, 0, 88],
        [OPENAT, -100, 0, 0],
        [OPENAT, -100, 0, 1],
        [OPENAT, -100, 0, 0o102],
        [PRLIMIT64, 0, 7, 0, 0],
        [PRLIMIT64, 0, 7, 1n << 32n, 0],
      ])

      expect(answers).toEqual([-EPERM, -EPERM, -ENOSYS, -EFAULT, -EPERM, -EPERM, 0, -EPERM])
    })

    test("calls by the doors of 32 bits and of x32 end the process", async () => {
      const asX32 = await callKernel("full", [[39], [0x40000000 + 39], [39]])
      const asI386 = await runCode("full", CALLS_AS_I386)

      expect(asX32).toEqual([2])
      // SIGSYS; SIGSEGV from a kernel that has no such door.
      expect([128 + 31, 128 + 11]).toContain(asI386.exitCode)
    })
  })
})

const EPERM = 1
const EFAULT = 14
const ENOSYS = 38

const CLONE = 56
const OPENAT = 257
const PRLIMIT64 = 302
const CLONE3 = 435

/** Calls for which the kernel itself has another answer, even for who has no rights. */
const TELLING: [number: number, ...given: number[]][] = [
  // socket(AF_UNIX), socket(AF_INET), socketpair
  [41, 1, 1, 0],
  [41, 2, 1, 0],
  [53, 1, 1, 0, 0],
  // io_uring_setup, ptrace(TRACEME), memfd_create, kill(1, 0), unshare(0), getdents64
  [425, 1, 0],
  [101, 0],
  [319, 0, 0],
  [62, 1, 0],
  [272, 0],
  [217, 0, 0, 0],
  // process_vm_readv, keyctl, prctl(PR_GET_DUMPABLE), personality, shmget, mkdir, sendmsg
  [310, 2, 0, 0, 0, 0, 0],
  [250, 0, 0, 0],
  [157, 3],
  [135, 0xffffffff],
  [29, 0, 4096, 0o1600],
  [83, 0, 0],
  [46, 0, 0, 0],
]
