import { expect, test } from "vitest"
import { open, thrown } from "./http-interfaces.fixture.ts"

test("headers keep their order, and are checked, and fixed where they are another's", () => {
  const { http } = open([])
  const bytes = (text: string) => Buffer.from(text)
  const fields = http.Fields.fromList([["A", bytes("1")]])
  fields.append("b", bytes("2"))
  fields.append("a", bytes("3"))

  expect(fields.get("a")).toEqual([bytes("1"), bytes("3")])
  expect([fields.has("B"), fields.has("c"), fields.has("no name")]).toEqual([true, false, false])
  fields.set("B", [])
  fields.delete("none")
  expect(fields.entries()).toEqual([
    ["A", bytes("1")],
    ["a", bytes("3")],
  ])
  const invalid = { tag: "invalid-syntax" }
  expect(thrown(() => fields.append("a b", bytes("")))).toEqual(invalid)
  expect(thrown(() => fields.append("a", bytes("x\r\ny")))).toEqual(invalid)
  expect(thrown(() => fields.set("a", [bytes("\0")]))).toEqual(invalid)
  expect(thrown(() => fields.delete("a\n"))).toEqual(invalid)
  for (const name of ["Host", "connection", "Transfer-Encoding", "proxy-authorization"])
    expect(thrown(() => fields.append(name, bytes("x")))).toEqual({ tag: "forbidden" })
  expect(thrown(() => http.Fields.fromList([["te", bytes("")]]))).toEqual({ tag: "forbidden" })

  const request = new http.OutgoingRequest(fields)
  const fixed = request.headers()
  const immutable = { tag: "immutable" }
  expect(thrown(() => fixed.append("c", bytes("")))).toEqual(immutable)
  expect(thrown(() => fixed.set("c", []))).toEqual(immutable)
  expect(thrown(() => fixed.delete("a"))).toEqual(immutable)
  const own = fixed.clone()
  own.append("c", bytes(""))
  expect(fixed.has("c")).toBe(false)
})

test("headers beyond all measure end the guest", () => {
  const { http } = open([])
  const fields = new http.Fields()
  const large = Buffer.alloc(4 * 1024 * 1024, "a")

  expect(() => {
    for (let count = 0; count < 5; count += 1) fields.append("a", large)
  }).toThrow("too many headers")
})
