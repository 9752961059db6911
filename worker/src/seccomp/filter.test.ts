import { describe, expect, test } from "vitest"
import { DENIED_CALLS } from "../compile/denied-calls.ts"
import { ANSWERS, buildFilter } from "./filter.ts"
import { GUEST_CALLS } from "../sandbox/host/guest-calls.ts"
import { interpret } from "./interpret-test.ts"
import type { Architecture, ArgumentTest } from "./rule.ts"

const AUDIT = { i386: 0x40000003, x64: 0xc000003e, arm: 0x40000028, arm64: 0xc00000b7 }
const ARCHITECTURES = ["x64", "arm64"] as const

describe.for(ARCHITECTURES)("on %s", (name) => {
  const filter = buildFilter(name, GUEST_CALLS)
  const ask = (number: number, given: bigint[] = [], architecture = AUDIT[name]) =>
    interpret(filter, { number, architecture, arguments: given })

  test("the program gives every number with every argument what the table says", () => {
    const wrong: string[] = []
    for (let number = 0; number < 600; number += 1)
      for (const given of isTested(name, number) ? GIVEN : SOME) {
        const answer = ask(number, given)
        if (answer !== ANSWERS[lookUp(name, number, given)])
          wrong.push(`${number}(${given.join()})`)
      }

    expect(wrong).toEqual([])
  })

  test("a call of another architecture's kind ends the process", () => {
    for (const [other, architecture] of Object.entries(AUDIT)) {
      if (other === name) continue
      expect(ask(0, [], architecture)).toBe(ANSWERS.kill)
      expect(ask(63, [], architecture)).toBe(ANSWERS.kill)
    }
  })

  test("what an attacker would want is denied", () => {
    const answers = WANTED.map(([call, x64, arm64]) => {
      const number = name === "x64" ? x64 : arm64
      return [call, number === undefined ? ANSWERS.deny : ask(number)]
    })

    expect(answers).toEqual(WANTED.map(([call]) => [call, ANSWERS.deny]))
  })

  test("threads are made, processes and namespaces are not", () => {
    const clone = name === "x64" ? 56 : 220
    const SIGCHLD = 17n

    expect(ask(clone, [0x3d0f00n])).toBe(ANSWERS.allow)
    for (const flags of [SIGCHLD, 0n, 0x4100n | SIGCHLD, 0x3d0f00n | 0x10000000n])
      expect(ask(clone, [flags])).toBe(ANSWERS.deny)
    expect(ask(435)).toBe(ANSWERS.absent)
  })

  test("files are opened to read, however the wish to write is put", () => {
    const openat = name === "x64" ? 257 : 56

    expect(ask(openat, [-100n, 1n, 0o2000000n])).toBe(ANSWERS.allow)
    for (const flags of [1n, 2n, 3n, 0o100n, 0o1000n, 0o20200000n, 0xffffffffffffffffn])
      expect(ask(openat, [-100n, 1n, flags])).toBe(ANSWERS.deny)
  })
})

test.for(ARCHITECTURES)("a list of what is denied lets all else pass, on %s", (name) => {
  const filter = buildFilter(name, DENIED_CALLS, "allow")
  const architecture = AUDIT[name]
  const wrong: number[] = []
  for (let number = 0; number < 600; number += 1) {
    const rule = DENIED_CALLS.find((one) => one[name] === number)
    // AF_INET, where it is a socket's; no namespace, where it is a new process's.
    const answer = interpret(filter, { number, architecture, arguments: [2n] })
    if (answer !== ANSWERS[rule?.answer ?? "allow"]) wrong.push(number)
  }
  const clone = name === "x64" ? 56 : 220
  const withUserNamespace = { number: clone, architecture, arguments: [0x10000011n] }
  const socket = name === "x64" ? 41 : 198

  expect(wrong).toEqual([])
  // AF_UNIX, AF_ALG, AF_VSOCK.
  for (const family of [1n, 38n, 40n, 0x1_0000_0001n]) {
    const asked = { number: socket, architecture, arguments: [family] }
    expect(interpret(filter, asked)).toBe(ANSWERS.deny)
  }
  expect(interpret(filter, withUserNamespace)).toBe(ANSWERS.deny)
})

test("x32, which has the same calls under other numbers, ends the process", () => {
  const filter = buildFilter("x64", GUEST_CALLS)
  for (const number of [0x40000000, 0x40000001, 0x40000000 + 59, 0x7fffffff, -1])
    expect(interpret(filter, { number, architecture: AUDIT.x64 })).toBe(ANSWERS.kill)
})

test("the table names each call and each number once", () => {
  for (const key of ["name", ...ARCHITECTURES] as const) {
    const values = GUEST_CALLS.flatMap((rule) => rule[key] ?? [])
    expect(new Set(values).size).toBe(values.length)
  }
})

function isTested(architecture: Architecture, number: number): boolean {
  return GUEST_CALLS.some((rule) => rule[architecture] === number && rule.only)
}

/** The slow twin: no program, no jumps. */
function lookUp(architecture: Architecture, number: number, given: bigint[]): keyof typeof ANSWERS {
  const rule = GUEST_CALLS.find((one) => one[architecture] === number)
  if (!rule || (rule.only && !holds(rule.only, given))) return "deny"
  return rule.answer ?? "allow"
}

function holds(only: ArgumentTest, given: bigint[]): boolean {
  const value = given[only.argument] ?? 0n
  if ("isNull" in only) return value === 0n
  const low = BigInt.asUintN(32, value)
  if ("hasNoneOf" in only) return (low & BigInt(only.hasNoneOf)) === 0n
  return only.isOneOf.map(BigInt).includes(low)
}

const VALUES = [0n, 3n, 15n, 0x1002n, 0x3d0f00n, 0x3d0f00n | (1n << 40n), (1n << 64n) - 1n].concat(
  Array.from({ length: 64 }, (_, bit) => 1n << BigInt(bit)),
)

/** Each value as each argument, the others being nothing. */
const GIVEN = VALUES.flatMap((value) =>
  Array.from({ length: 6 }, (_, argument) =>
    Array.from({ length: 6 }, () => 0n).with(argument, value),
  ),
)

const SOME = GIVEN.filter((_, index) => index % 25 === 0)

/** Numbers from the kernel's own tables, apart from ours. */
const WANTED: [call: string, x64: number | undefined, arm64: number | undefined][] = [
  ["open", 2, undefined],
  ["creat", 85, undefined],
  ["openat2", 437, 437],
  ["socket", 41, 198],
  ["connect", 42, 203],
  ["bind", 49, 200],
  ["sendto", 44, 206],
  ["sendmsg", 46, 211],
  ["recvmsg", 47, 212],
  ["socketpair", 53, 199],
  ["fork", 57, undefined],
  ["vfork", 58, undefined],
  ["execveat", 322, 281],
  ["kill", 62, 129],
  ["tkill", 200, 130],
  ["tgkill", 234, 131],
  ["rt_sigqueueinfo", 129, 138],
  ["pidfd_open", 434, 434],
  ["pidfd_getfd", 438, 438],
  ["pidfd_send_signal", 424, 424],
  ["ptrace", 101, 117],
  ["process_vm_readv", 310, 270],
  ["process_vm_writev", 311, 271],
  ["process_madvise", 440, 440],
  ["kcmp", 312, 272],
  ["bpf", 321, 280],
  ["perf_event_open", 298, 241],
  ["userfaultfd", 323, 282],
  ["keyctl", 250, 219],
  ["add_key", 248, 217],
  ["request_key", 249, 218],
  ["io_uring_setup", 425, 425],
  ["io_uring_enter", 426, 426],
  ["io_uring_register", 427, 427],
  ["io_setup", 206, 0],
  ["mount", 165, 40],
  ["umount2", 166, 39],
  ["pivot_root", 155, 41],
  ["chroot", 161, 51],
  ["move_mount", 429, 429],
  ["open_tree", 428, 428],
  ["fsopen", 430, 430],
  ["fsmount", 432, 432],
  ["mount_setattr", 442, 442],
  ["unshare", 272, 97],
  ["setns", 308, 268],
  ["seccomp", 317, 277],
  ["prctl", 157, 167],
  ["ioctl", 16, 29],
  ["personality", 135, 92],
  ["modify_ldt", 154, undefined],
  ["iopl", 172, undefined],
  ["ioperm", 173, undefined],
  ["memfd_create", 319, 279],
  ["memfd_secret", 447, 447],
  ["shmget", 29, 194],
  ["msgget", 68, 186],
  ["mq_open", 240, 180],
  ["getdents64", 217, 61],
  ["readlinkat", 267, 78],
  ["mkdirat", 258, 34],
  ["unlinkat", 263, 35],
  ["linkat", 265, 37],
  ["symlinkat", 266, 36],
  ["mknodat", 259, 33],
  ["fchmodat", 268, 53],
  ["ftruncate", 77, 46],
  ["truncate", 76, 45],
  ["name_to_handle_at", 303, 264],
  ["open_by_handle_at", 304, 265],
  ["setuid", 105, 146],
  ["setgroups", 116, 159],
  ["capset", 126, 91],
  ["setrlimit", 160, 164],
  ["sched_setaffinity", 203, 122],
  ["setpriority", 141, 140],
  ["init_module", 175, 105],
  ["finit_module", 313, 273],
  ["kexec_load", 246, 104],
  ["reboot", 169, 142],
  ["swapon", 167, 224],
  ["syslog", 103, 116],
  ["settimeofday", 164, 170],
  ["clock_settime", 227, 112],
  ["inotify_init1", 294, 26],
  ["fanotify_init", 300, 262],
  ["splice", 275, 76],
  ["vmsplice", 278, 75],
  ["membarrier", 324, 283],
  ["landlock_create_ruleset", 444, 444],
]
