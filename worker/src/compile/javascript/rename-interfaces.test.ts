import { expect, test } from "vitest"
import { renameInterfaces } from "./rename-interfaces.ts"

const PREAMBLE = [0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]
const section = (id: number, text: string) => [id, text.length, ...Buffer.from(text)]

test("names are exchanged in the outer imports and exports alone", () => {
  const text = "wasj:io/a wasj:io/b"
  const component = [...PREAMBLE, ...section(10, text), ...section(1, text), ...section(11, text)]
  const renamed = text.replaceAll("wasj:", "wasi:")

  expect([...renameInterfaces(Uint8Array.from(component), "wasj:", "wasi:")]).toEqual([
    ...PREAMBLE,
    ...section(10, renamed),
    ...section(1, text),
    ...section(11, renamed),
  ])
})

test("names of another length are refused", () => {
  expect(() => renameInterfaces(Uint8Array.from(PREAMBLE), "a", "bc")).toThrow("length")
})
