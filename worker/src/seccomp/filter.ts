/** From a table of system calls to the program that the kernel runs before each of them. */
import {
  answer,
  assemble,
  jumpIfAnyBit,
  jumpIfAtLeast,
  jumpIfEqual,
  type Line,
  load,
} from "./bpf.ts"
import type { Architecture, ArgumentTest, Rule } from "./rule.ts"

/** What the kernel does next (linux/seccomp.h), with the errno in the low bits. */
export const ANSWERS = {
  allow: 0x7fff0000,
  kill: 0x80000000,
  /** EPERM. */
  deny: 0x00050000 | 1,
  /** ENOSYS. */
  absent: 0x00050000 | 38,
} as const

/** AUDIT_ARCH_X86_64, AUDIT_ARCH_AARCH64 (linux/audit.h). */
const AUDIT_ARCHITECTURES = { x64: 0xc000003e, arm64: 0xc00000b7 } as const
/** __X32_SYSCALL_BIT: the same calls again, with other sizes. */
const X32_BIT = 0x40000000

/** Offsets in `struct seccomp_data`. */
const NUMBER = 0
const ARCHITECTURE = 4
const lowHalf = (argument: number) => 16 + 8 * argument
const highHalf = (argument: number) => lowHalf(argument) + 4

/** Calls of another architecture's kind end the process. */
export function buildFilter(
  architecture: Architecture,
  rules: readonly Rule[],
  /** For what no rule names. */
  otherwise: "allow" | "deny" = "deny",
): Uint8Array {
  const known = rules.flatMap((rule) => {
    const number = rule[architecture]
    return number === undefined ? [] : [{ ...rule, number }]
  })
  // First: the kernel itself remembers the numbers that no argument decides.
  const plain = known.filter(({ only }) => !only)
  const tested = known.filter(({ only }) => only)
  return assemble([
    load(ARCHITECTURE),
    jumpIfEqual(AUDIT_ARCHITECTURES[architecture], { ifFalse: "kill" }),
    load(NUMBER),
    ...(architecture === "x64" ? [jumpIfAtLeast(X32_BIT, { ifTrue: "kill" })] : []),
    ...plain.map((rule) => jumpIfEqual(rule.number, { ifTrue: rule.answer ?? "allow" })),
    ...tested.flatMap(({ name, number, only }) =>
      only
        ? [
            jumpIfEqual(number, { ifFalse: `after ${name}` }),
            ...test(only),
            { label: `after ${name}` },
          ]
        : [],
    ),
    ...(Object.keys(ANSWERS) as (keyof typeof ANSWERS)[])
      // What has passed all rules falls into the first.
      .toSorted((a, b) => Number(b === otherwise) - Number(a === otherwise))
      .flatMap((name) => [{ label: name }, answer(ANSWERS[name])]),
  ])
}

/** Jumps to `allow` or `deny` in any case: the number is no longer in the accumulator. */
function test(only: ArgumentTest): Line[] {
  const word = load(lowHalf(only.argument))
  if ("hasNoneOf" in only)
    return [word, jumpIfAnyBit(only.hasNoneOf, { ifTrue: "deny", ifFalse: "allow" })]
  if ("isNull" in only)
    return [
      word,
      jumpIfEqual(0, { ifFalse: "deny" }),
      load(highHalf(only.argument)),
      jumpIfEqual(0, { ifTrue: "allow", ifFalse: "deny" }),
    ]
  const last = only.isOneOf.length - 1
  return [
    word,
    ...only.isOneOf.map((value, index) =>
      jumpIfEqual(value, { ifTrue: "allow", ...(index === last && { ifFalse: "deny" }) }),
    ),
  ]
}
