import { createHash } from "node:crypto"
import { expect, test } from "vitest"
import cases from "../fixtures/receipts.json" with { type: "json" }
import { RunReceipt } from "./index.ts"
import { encodeReceipt } from "./pure/index.ts"

const utf8 = (text: string) => new Uint8Array(Buffer.from(text))

test.each(cases)("a receipt has its golden bytes, and their hash", ({ text, receipt }) => {
  const bytes = encodeReceipt(utf8, RunReceipt.parse(receipt))

  expect(Buffer.from(bytes).toString()).toBe(text)
  expect(createHash("sha256").update(bytes).digest("hex")).toBe(receipt.hash)
})

test("every field of a receipt but its hash and version is in its bytes", () => {
  const [{ text, receipt } = { text: "", receipt: undefined }] = cases
  const paths = leavesOf(receipt).filter((path) => !["hash", "version"].includes(path.join()))

  expect(paths.length).toBeGreaterThan(30)
  for (const path of paths) {
    const altered = structuredClone(receipt)
    alter(altered, path)
    const bytes = encodeReceipt(utf8, altered as never)
    expect([path, Buffer.from(bytes).toString() === text]).toEqual([path, false])
  }
})

test("what a receipt does not know is refused", () => {
  const [{ receipt } = { receipt: {} }] = cases

  expect(RunReceipt.safeParse({ ...receipt, more: 1 }).success).toBe(false)
  expect(RunReceipt.safeParse({ ...receipt, version: 2 }).success).toBe(false)
  expect(RunReceipt.safeParse({ ...receipt, instructions: "-1" }).success).toBe(false)
  expect(RunReceipt.safeParse({ ...receipt, instructions: "01" }).success).toBe(false)
})

type Path = readonly string[]

function leavesOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path]
  return Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, [...path, name]))
}

function alter(value: unknown, [name = "", ...rest]: Path): void {
  const folder = value as Record<string, unknown>
  if (rest.length > 0) return alter(folder[name], rest)
  const leaf = folder[name]
  folder[name] = typeof leaf === "number" ? leaf + 1 : `${JSON.stringify(leaf)}0`
}
