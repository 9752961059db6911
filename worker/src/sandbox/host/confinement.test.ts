import { describe, expect, test } from "vitest"
import { describeNamespaces } from "../sandbox-test.ts"
import { evaluate } from "./confined-test.ts"
import { findConfinements } from "./confinement.ts"
import { prepareRuntime } from "./runtime.ts"
import { tryChild } from "./try-child.ts"

describeNamespaces(() => {
  test("inside namespaces there are no files but Node's own, and none can be written", async () => {
    const seen = await evaluate(
      "namespaces",
      `[
      fs.readdirSync("/").filter((name) => !/^(node|lib|lib64|usr)$/.test(name)),
      await attempt(() => fs.readFileSync("/etc/passwd")),
      await attempt(() => fs.readdirSync("/proc")),
      await attempt(() => fs.readdirSync("/dev")),
      await attempt(() => fs.readdirSync("/tmp")),
      await attempt(() => fs.writeFileSync("/new", "")),
    ]`,
    )

    expect(seen).toEqual([[], "ENOENT", "ENOENT", "ENOENT", "ENOENT", "EROFS"])
  })

  test("inside namespaces there is no network, no user of the host and no environment", async () => {
    const seen = await evaluate(
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
  test("our own code can open no file and start no process", async () => {
    const seen = await evaluate(
      "process",
      `[
      await attempt(() => fs.readFileSync("/etc/passwd")),
      await attempt(() => fs.writeFileSync("/tmp/outlayer-new", "")),
      await attempt(() => require("node:child_process").spawnSync("/bin/true")),
      await attempt(() => new (require("node:worker_threads").Worker)("", { eval: true })),
      process.cwd(),
      Object.keys(process.env).filter((name) => name !== "PWD"),
    ]`,
    )

    expect(seen).toEqual([DENIED, DENIED, DENIED, DENIED, "/", []])
  })
})

test("a flag without effect is found out before any guest runs", async () => {
  const [confinement] = findConfinements().filter(({ level }) => level === "process")
  if (!confinement) throw new Error("no process can be started")
  const { script } = await prepareRuntime()
  const checked = confinement.command.filter((word) => CHECKED.test(word))
  expect(checked).toHaveLength(5)

  await tryChild(confinement, script)
  for (const flag of checked) {
    const command = confinement.command.filter((word) => word !== flag)
    const name = flag.replace(/=\d+$/, "")
    await expect(tryChild({ ...confinement, command }, script)).rejects.toThrow(
      `${name} has no effect`,
    )
  }
})

/** Addons, at this level, are off by Node's permissions too. */
const CHECKED = /^--(stack-size|wasm-max-mem-pages|max-old-space-size|disallow-code|disable-proto)/
const DENIED = "ERR_ACCESS_DENIED"
