import { expect, test } from "vitest"
import { advise } from "./advice.ts"
import type { Machine } from "./machine.ts"

const MACHINE: Machine = {
  architecture: "x64",
  isRoot: false,
  bubblewrap: "bubblewrap 0.8.0",
  switches: {
    "user.max_user_namespaces": 1000,
    "kernel.unprivileged_userns_clone": undefined,
    "kernel.apparmor_restrict_unprivileged_userns": undefined,
  },
  hasSeccomp: true,
  isContainer: false,
}
const OFF = { ...MACHINE.switches, "user.max_user_namespaces": 0 }
const FOR_ROOT = { ...MACHINE.switches, "kernel.unprivileged_userns_clone": 0 }
const APPARMOR = { ...MACHINE.switches, "kernel.apparmor_restrict_unprivileged_userns": 1 }

const NO_FULL = [
  { level: "full", reason: "…" },
  { level: "namespaces" },
  { level: "process" },
] as const
const PROCESS = [
  { level: "full", reason: "…" },
  { level: "namespaces", reason: "…" },
  { level: "process" },
] as const

test("who reaches full needs no advice", () => {
  expect(advise({ ...MACHINE, bubblewrap: undefined }, [{ level: "full" }])).toEqual([])
})

test.for([
  ["bubblewrap is missing", { bubblewrap: undefined }, /install the package bubblewrap/],
  ["user namespaces are off", { switches: OFF }, /max_user_namespaces/],
  ["user namespaces are root's", { switches: FOR_ROOT }, /unprivileged_userns_clone/],
  ["AppArmor restricts them", { switches: APPARMOR }, /apparmor_restrict/],
  ["nothing is known to be amiss", {}, /docs\/sandbox\.md/],
] as const)("for namespaces: %s", ([, change, advice]) => {
  expect(advise({ ...MACHINE, ...change }, PROCESS)).toEqual([expect.stringMatching(advice)])
})

test("switches that bind others are no matter to root", () => {
  const [only, ...others] = advise({ ...MACHINE, isRoot: true, switches: APPARMOR }, PROCESS)

  expect(only).toMatch("docs/sandbox.md")
  expect(others).toEqual([])
})

test("in a container all that is amiss is told, and the container's options", () => {
  const machine = { ...MACHINE, bubblewrap: undefined, switches: OFF, isContainer: true }

  expect(advise(machine, PROCESS)).toHaveLength(3)
})

test.for([
  ["no filter for the processor", { architecture: "riscv64" }, /riscv64/],
  ["no seccomp in the kernel", { hasSeccomp: false }, /CONFIG_SECCOMP_FILTER/],
  ["the filter itself fails", {}, /reason above/],
] as const)("for the filter: %s", ([, change, advice]) => {
  expect(advise({ ...MACHINE, ...change }, NO_FULL)).toEqual([expect.stringMatching(advice)])
})
