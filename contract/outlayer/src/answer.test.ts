import { LIMITS } from "@outlayer/protocol/pure"
import { beforeEach, expect, test } from "vitest"
import { FakeContract, USE } from "./fake-contract.ts"

let contract: FakeContract

beforeEach(() => {
  contract = new FakeContract()
})

test.each([
  [{ Bytes: "AAEC" }, '"AAEC"'],
  [{ Text: 'a "quoted"\ntext' }, '"a \\"quoted\\"\\ntext"'],
  [{ Text: "" }, '""'],
  [{ Json: { a: [1, null] } }, '{"a":[1,null]}'],
  [{ JsonText: '{"a" : 1e3}' }, '{"a" : 1e3}'],
  [null, "null"],
])("the output %j reaches the caller as %s, small or large", (output, returned) => {
  const [small, large] = [contract.request(), contract.request({ with_status: true })]

  contract.resolve(small, { success: true, output, error: null, resources_used: USE })
  contract.submitAndResolve(large, { output })

  expect(contract.callBack(small)).toBe(returned)
  expect(contract.callBack(large)).toBe(`{"status":"ok","value":${returned}}`)
})

test("a payload is resumed with up to 1,024 bytes", () => {
  const response = (text: string) => ({
    success: true,
    output: { Text: text },
    error: null,
    resources_used: USE,
  })
  const rest = LIMITS.smallPayloadBytes - JSON.stringify(response("")).length

  contract.resolve(contract.request(), response("x".repeat(rest)))
  expect(() => contract.resolve(contract.request(), response("x".repeat(rest + 1)))).toThrow(
    "has 1025 bytes",
  )
  expect(() => contract.resolve(contract.request(), response(`é${"x".repeat(rest - 1)}`))).toThrow(
    "has 1025 bytes",
  )
})

test.each([
  [
    { success: true, output: { Text: "a" }, error: { code: "trap" }, resources_used: USE },
    "A success has no error",
  ],
  [
    { success: false, output: { Text: "a" }, error: { code: "trap" }, resources_used: USE },
    "A failure has an error and no output",
  ],
  [{ success: false, output: null, error: null, resources_used: USE }, "error must be an object"],
  [{ success: false, output: null, error: { code: "oops" }, resources_used: USE }, '"oops"'],
  [
    { success: true, output: { Text: 1 }, error: null, resources_used: USE },
    "output.Text must be a string",
  ],
  [{ success: true, output: { Text: "a", Json: 1 }, error: null, resources_used: USE }, "one of"],
  [
    { success: true, output: { Bytes: [1, 2] }, error: null, resources_used: USE },
    "output.Bytes must be a string",
  ],
  [{ success: true, output: { Bytes: "AAE" }, error: null, resources_used: USE }, "must be base64"],
  [{ success: true, output: { JsonText: "" }, error: null, resources_used: USE }, "is empty"],
  [{ success: true, output: null, error: null }, "resources_used must be an object"],
  [
    { success: true, output: null, resources_used: { instructions: -1, time_ms: 0 } },
    "whole number",
  ],
  [
    { success: true, return_value: "a", resources_used: USE },
    "return_value is retired: use output",
  ],
  [
    { success: true, attestation_hash: "ab", resources_used: USE },
    "attestation_hash must be 32 bytes in hex",
  ],
  [{ success: true, ended: "1", resources_used: USE }, "Unknown field in response: ended"],
])("the response %j is refused: %s", (response, message) => {
  const id = contract.request()
  expect(() => contract.resolve(id, response)).toThrow(message)
})

test("a failure whose words fill more than a payload goes the long way", () => {
  const id = contract.request()
  const error = { code: "compile_failed", message: "\u0001".repeat(LIMITS.errorMessageBytes) }
  const note = "n".repeat(LIMITS.compilationNoteBytes)
  contract.submitAndResolve(id, { success: false, error, compilation_note: note })

  expect(contract.callBack(id)).toBe("null")
  expect(contract.completed()).toMatchObject({ error, compilation_note: note })
  expect(contract.host.logs.at(-1)?.length).toBeLessThan(8000)
})

test.each([
  [{ compilation_note: "n".repeat(513) }, "compilation_note is longer than 512 bytes"],
  [{ resolved_commit: "n".repeat(201) }, "resolved_commit is longer than 200 bytes"],
  [
    { success: false, error: { code: "trap", message: "é".repeat(257) } },
    "error.message is longer than 512 bytes",
  ],
])("words too long for an event are refused: %#", (more, message) => {
  expect(() => contract.submitAndResolve(contract.request(), more)).toThrow(message)
})

test("an output has up to 32 KiB", () => {
  const text = "x".repeat(LIMITS.outputBytes)
  const bytes = Buffer.alloc(LIMITS.outputBytes).toString("base64")
  const more = Buffer.alloc(LIMITS.outputBytes + 1).toString("base64")
  contract.submitAndResolve(contract.request(), { output: { Text: text } })
  contract.submitAndResolve(contract.request(), { output: { Bytes: bytes } })

  for (const output of [{ Text: `${text}x` }, { JsonText: `"${text}"` }, { Bytes: more }]) {
    expect(() => contract.submitAndResolve(contract.request(), { output })).toThrow(
      "longer than 32768 bytes",
    )
  }
})
