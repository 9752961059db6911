import { expect, test } from "vitest"
import { parseCommand, UsageError } from "./arguments.ts"

test("options end at the module, what follows is the guest's", () => {
  const words = ["--env", "A=b=c", "--env=D=", "--stats", "m.wasm", "--env", "x", "--", "-h"]

  expect(parse(words)).toMatchObject({
    module: "m.wasm",
    arguments: ["--env", "x", "--", "-h"],
    environment: { A: "b=c", D: "" },
    showsStats: true,
  })
  expect(parse(["--", "--odd.wasm"])?.module).toBe("--odd.wasm")
})

test("a variable without a value is taken from ours, where there is one", () => {
  expect(parse(["--env", "HERE", "--env", "NOT", "m"], { HERE: "h" })?.environment).toEqual({
    HERE: "h",
  })
  expect(Object.entries(parse(["--env", "__proto__=x", "m"])?.environment ?? {})).toEqual([
    ["__proto__", "x"],
  ])
})

test.for([
  ["a::/", { host: "a", guest: "" }],
  ["a", { host: "a", guest: "" }],
  ["a::b::/x/y/", { host: "a::b", guest: "x/y/" }],
  ["a::./x", { host: "a", guest: "x/" }],
] as const)("--dir %s", ([word, folder]) => {
  expect(parse(["--dir", word, "m"])?.folders).toEqual([folder])
})

test("limits are those of a request at most", () => {
  const { limits } = parse(["--seconds", "3", "--max-memory-mb=8", "m"]) ?? {}

  expect(limits).toMatchObject({ maxExecutionMs: 3_000, maxMemoryMb: 8 })
  expect(limits?.maxInstructions).toBe(100_000_000_000n)
})

test.for([
  [],
  ["--"],
  ["--env"],
  ["--env", "=x", "m"],
  ["--nothing", "m"],
  ["-x", "m"],
  ["--constructor", "x", "m"],
  ["--seconds", "61", "m"],
  ["--seconds", "1e1", "m"],
  ["--max-memory-mb", "0", "m"],
  ["--level", "none", "m"],
  ["--dir", "a::../b", "m"],
  ["--dir", "::/", "m"],
  ["--dir", "a::/", "--dir", "b", "m"],
])("%j is refused", (words) => {
  expect(() => parse(words)).toThrow(UsageError)
})

function parse(words: readonly string[], ours: Record<string, string> = {}) {
  return parseCommand(words, ours)
}
