import { spawnSync } from "node:child_process"
import { describe, expect, test } from "vitest"
import type { Level } from "../levels.ts"
import { describeNamespaces } from "../sandbox-test.ts"
import { findConfinements } from "./confinement.ts"

// What native code could do, were V8 broken: here our own JavaScript tries it.
describeNamespaces(() => {
  test("inside namespaces there are no files but Node's own, and none can be written", () => {
    const seen = inside(
      "namespaces",
      `[
      fs.readdirSync("/").filter((name) => !/^(node|lib|lib64|usr)$/.test(name)),
      attempt(() => fs.readFileSync("/etc/passwd")),
      attempt(() => fs.readdirSync("/proc")),
      attempt(() => fs.readdirSync("/dev")),
      attempt(() => fs.readdirSync("/tmp")),
      attempt(() => fs.writeFileSync("/new", "")),
    ]`,
    )

    expect(seen).toEqual([[], "ENOENT", "ENOENT", "ENOENT", "ENOENT", "EROFS"])
  })

  test("inside namespaces there is no network, no user of the host and no environment", () => {
    const seen = inside(
      "namespaces",
      `[
      process.getuid(),
      Object.keys(process.env).filter((name) => name !== "PWD"),
      Object.values(require("node:os").networkInterfaces()).flat().filter(({ internal }) => !internal),
      require("node:os").hostname(),
    ]`,
    )

    expect(seen).toEqual([65534, [], [], "guest"])
  })
})

describe("at level process", () => {
  test("our own code can open no file and start no process", () => {
    const seen = inside(
      "process",
      `[
      attempt(() => fs.readFileSync("/etc/passwd")),
      attempt(() => fs.writeFileSync("/tmp/outlayer-new", "")),
      attempt(() => require("node:child_process").spawnSync("/bin/true")),
      attempt(() => new (require("node:worker_threads").Worker)("", { eval: true })),
      process.cwd(),
      Object.keys(process.env).filter((name) => name !== "PWD"),
    ]`,
    )

    expect(seen).toEqual([DENIED, DENIED, DENIED, DENIED, "/", []])
  })
})

const DENIED = "ERR_ACCESS_DENIED"

function inside(level: Level, expression: string): unknown {
  const confinement = findConfinements().find((one) => one.level === level)
  const [program = "", ...args] = confinement?.command ?? []
  const script = `
    const fs = require("node:fs")
    const attempt = (work) => { try { return work() } catch ({ code }) { return code } }
    fs.writeSync(1, JSON.stringify(${expression}))`
  const { stdout, stderr } = spawnSync(program, [...args, "--eval", script], {
    encoding: "utf8",
    env: {},
    cwd: "/",
  })
  if (stderr) throw new Error(stderr)
  return JSON.parse(stdout)
}
