import { expect, test } from "vitest"
import { answer, assemble, jumpIfEqual, jumpIfAnyBit, load } from "./bpf.ts"

test("instructions are laid out as struct sock_filter", () => {
  const program = assemble([
    load(4),
    jumpIfEqual(0xc000003e, { ifFalse: "end" }),
    jumpIfAnyBit(3, { ifTrue: "end" }),
    answer(0x7fff0000),
    { label: "end" },
    answer(1),
  ])

  expect(Buffer.from(program).toString("hex").match(/.{16}/g)).toEqual([
    "2000000004000000",
    "150000023e0000c0",
    "4500010003000000",
    "060000000000ff7f",
    "0600000001000000",
  ])
})

test("a jump that is too far, backwards or to nowhere is refused", () => {
  const far = Array.from({ length: 256 }, () => load(0))
  const jump = jumpIfEqual(1, { ifTrue: "end" })

  expect(() => assemble([jump, ...far, { label: "end" }, answer(0)])).toThrow("no jump")
  expect(() => assemble([{ label: "end" }, load(0), jump, answer(0)])).toThrow("no jump")
  expect(() => assemble([jump, answer(0)])).toThrow("no jump")
  assemble([jump, ...far.slice(1), { label: "end" }, answer(0)])
})

test("a program that could run over its end is refused, and a label that is there twice", () => {
  expect(() => assemble([load(0)])).toThrow("answer")
  expect(() => assemble([])).toThrow("answer")
  expect(() => assemble([{ label: "a" }, { label: "a" }, answer(0)])).toThrow("twice")
})
