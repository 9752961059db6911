/**
 * Calls a function without passing through JavaScript's numbers, which have one NaN only, and no vectors: a module of ours takes the
 * arguments from a memory and leaves the results there.
 */
import type { FunctionType, ValueType } from "../index.ts"
import { ByteWriter } from "../binary/byte-writer.ts"
import type { Bits } from "./values.ts"

const SLOT = 16
const RESULTS_AT = 32_768

const codes: Record<ValueType, { type: number; load: number[]; store: number[] }> = {
  i32: { type: 0x7f, load: [0x28, 0], store: [0x36, 0] },
  i64: { type: 0x7e, load: [0x29, 0], store: [0x37, 0] },
  f32: { type: 0x7d, load: [0x2a, 0], store: [0x38, 0] },
  f64: { type: 0x7c, load: [0x2b, 0], store: [0x39, 0] },
  v128: { type: 0x7b, load: [0xfd, 0, 0], store: [0xfd, 0x0b, 0] },
  funcref: { type: 0x70, load: [], store: [] },
  externref: { type: 0x6f, load: [], store: [] },
}
const bytes = { i32: 4, i64: 8, f32: 4, f64: 8, v128: 16, funcref: 0, externref: 0 }

const memory = new WebAssembly.Memory({ initial: 1 })
const modules = new Map<string, WebAssembly.Module>()

export function callExactly(target: unknown, type: FunctionType, args: readonly Bits[]): Bits[] {
  const key = `${type.params.join()}>${type.results.join()}`
  const module = modules.get(key) ?? new WebAssembly.Module(writeCaller(type))
  modules.set(key, module)
  const references: Record<string, WebAssembly.Global> = {}
  const slots = [...type.params, ...type.results]
  slots.forEach((one, index) => {
    if (isReference(one)) references[`r${index}`] = globalFor(one, args[index])
  })
  const view = Buffer.from(memory.buffer)
  args.forEach((value, index) => {
    if ("bits" in value) view.write(value.bits, index * SLOT, "hex")
  })
  const { exports } = new WebAssembly.Instance(module, {
    c: { target: target as WebAssembly.ImportValue, memory, ...references },
  })
  const { run } = exports
  if (typeof run !== "function") throw new Error("the caller exports nothing to call")
  run()
  return type.results.map((one, index) => {
    const slot = type.params.length + index
    if (isReference(one)) return { reference: references[`r${slot}`]?.value }
    const at = RESULTS_AT + index * SLOT
    return { bits: view.toString("hex", at, at + bytes[one]) }
  })
}

function isReference(type: ValueType): boolean {
  return type === "funcref" || type === "externref"
}

function globalFor(type: ValueType, given: Bits | undefined): WebAssembly.Global {
  const value = type === "funcref" ? ("anyfunc" as const) : ("externref" as const)
  const initial: unknown = given !== undefined && "reference" in given ? given.reference : null
  return new WebAssembly.Global({ value, mutable: true }, initial)
}

/** Imports the function as `target`, and a global for each parameter and result that is a reference. */
function writeCaller({ params, results }: FunctionType): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter()
  out.copy(Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00))
  write(out, 1, (to) => {
    to.copy(Uint8Array.of(2, 0x60, 0, 0, 0x60))
    for (const types of [params, results]) {
      to.u32(types.length)
      for (const type of types) to.byte(codes[type].type)
    }
  })
  const slots = [...params, ...results]
  const references = slots.flatMap((type, slot) => (isReference(type) ? [slot] : []))
  write(out, 2, (to) => {
    to.u32(2 + references.length)
    importOf(to, "target", [0, 1])
    importOf(to, "memory", [2, 0, 1])
    for (const slot of references) {
      importOf(to, `r${slot}`, [3, codes[slots[slot] ?? "funcref"].type, 1])
    }
  })
  write(out, 3, (to) => to.copy(Uint8Array.of(1, 0)))
  write(out, 7, (to) => {
    to.u32(1)
    to.name("run")
    to.copy(Uint8Array.of(0, 1))
  })
  const body = new ByteWriter()
  body.u32(results.length)
  for (const type of results) body.copy(Uint8Array.of(1, codes[type].type))
  params.forEach((type, slot) => {
    if (isReference(type)) return operator(body, 0x23, references.indexOf(slot))
    operator(body, 0x41, 0)
    body.copy(Uint8Array.from(codes[type].load))
    body.u32(slot * SLOT)
  })
  operator(body, 0x10, 0)
  for (let index = results.length - 1; index >= 0; index -= 1) operator(body, 0x21, index)
  results.forEach((type, index) => {
    if (isReference(type)) {
      operator(body, 0x20, index)
      return operator(body, 0x24, references.indexOf(params.length + index))
    }
    operator(body, 0x41, 0)
    operator(body, 0x20, index)
    body.copy(Uint8Array.from(codes[type].store))
    body.u32(RESULTS_AT + index * SLOT)
  })
  body.byte(0x0b)
  write(out, 10, (to) => {
    to.u32(1)
    to.u32(body.length)
    to.copy(body.written())
  })
  return Uint8Array.from(out.written())
}

function write(out: ByteWriter, id: number, fill: (to: ByteWriter) => void) {
  const content = new ByteWriter()
  fill(content)
  out.section(id, content.written())
}

function importOf(to: ByteWriter, name: string, description: readonly number[]) {
  to.name("c")
  to.name(name)
  to.copy(Uint8Array.from(description))
}

function operator(body: ByteWriter, opcode: number, argument: number) {
  body.byte(opcode)
  body.u32(argument)
}
