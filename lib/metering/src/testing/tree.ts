/** Modules as trees, which a generator makes, an interpreter walks and an encoder turns into bytes. */

export type Type = "i32" | "i64" | "f32" | "f64"

export type Node =
  | { op: "plain"; name: string; opcode: number }
  | { op: "access"; name: string; opcode: number; offset: number }
  | { op: "const"; type: Type; bits: bigint }
  | { op: "local.get" | "local.set" | "local.tee" | "global.get" | "global.set"; index: number }
  | { op: "block" | "loop"; type: Type | undefined; body: Node[] }
  | { op: "if"; type: Type | undefined; body: Node[]; otherwise: Node[] | undefined }
  | { op: "br" | "br_if"; depth: number }
  | { op: "br_table"; depths: number[] }
  | { op: "return" | "unreachable" | "nop" | "drop" | "select" }
  | { op: "call"; index: number }
  | { op: "call_indirect"; type: number }
  | { op: "memory.size" | "memory.grow" | "memory.fill" | "memory.copy" }

export interface FunctionTree {
  params: Type[]
  results: Type[]
  locals: Type[]
  body: Node[]
}

export interface ModuleTree {
  functions: FunctionTree[]
  globals: { type: Type; bits: bigint }[]
  /** Function indices in the table. */
  table: number[]
  /** Bytes at the start of memory. */
  data: number[]
  exported: number
}

const typeBytes: Record<Type, number> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c }
const simple: Record<string, number[]> = {
  unreachable: [0x00],
  nop: [0x01],
  return: [0x0f],
  drop: [0x1a],
  select: [0x1b],
  "local.get": [0x20],
  "local.set": [0x21],
  "local.tee": [0x22],
  "global.get": [0x23],
  "global.set": [0x24],
  br: [0x0c],
  br_if: [0x0d],
  call: [0x10],
  "memory.size": [0x3f, 0],
  "memory.grow": [0x40, 0],
  "memory.copy": [0xfc, 10, 0, 0],
  "memory.fill": [0xfc, 11, 0],
}

const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]

/** Function `i` has type `i`; "main" is `exported`, the memory has one page. */
export function encode(tree: ModuleTree): Uint8Array {
  const { functions, globals, table, data } = tree
  const types = functions.map(({ params, results }) => [
    0x60,
    ...vector(params.map((type) => [typeBytes[type]])),
    ...vector(results.map((type) => [typeBytes[type]])),
  ])
  return Uint8Array.from([
    ...header,
    ...section(1, vector(types)),
    ...section(3, vector(functions.map((_, index) => unsigned(index)))),
    ...section(4, [1, 0x70, 0, ...unsigned(table.length)]),
    ...section(5, [1, 0, 1]),
    ...section(
      6,
      vector(globals.map(({ type, bits }) => [typeBytes[type], 1, ...constant(type, bits), 0x0b])),
    ),
    ...section(7, [1, 4, ...Buffer.from("main"), 0, ...unsigned(tree.exported)]),
    ...section(9, [1, 0, 0x41, 0, 0x0b, ...vector(table.map((index) => unsigned(index)))]),
    ...section(10, vector(functions.map((one) => encodeBody(one)))),
    ...section(11, [1, 0, 0x41, 0, 0x0b, ...unsigned(data.length), ...data]),
  ])
}

function encodeBody({ locals, body }: FunctionTree): number[] {
  const groups = vector(locals.map((type) => [1, typeBytes[type]]))
  const code = [...groups, ...encodeNodes(body), 0x0b]
  return [...unsigned(code.length), ...code]
}

function encodeNodes(nodes: readonly Node[]): number[] {
  return nodes.flatMap((node) => encodeNode(node))
}

function encodeNode(node: Node): number[] {
  switch (node.op) {
    case "plain":
      return node.opcode < 256 ? [node.opcode] : [0xfc, node.opcode - 256]
    case "access":
      return [node.opcode, 0, ...unsigned(node.offset)]
    case "const":
      return constant(node.type, node.bits)
    case "block":
    case "loop":
    case "if": {
      const type = node.type === undefined ? 0x40 : typeBytes[node.type]
      const opcode = { block: 0x02, loop: 0x03, if: 0x04 }[node.op]
      const otherwise =
        node.op === "if" && node.otherwise !== undefined
          ? [0x05, ...encodeNodes(node.otherwise)]
          : []
      return [opcode, type, ...encodeNodes(node.body), ...otherwise, 0x0b]
    }
    case "br":
    case "br_if":
      return [...(simple[node.op] ?? []), ...unsigned(node.depth)]
    case "br_table": {
      const last = node.depths.at(-1) ?? 0
      return [
        0x0e,
        ...vector(node.depths.slice(0, -1).map((depth) => unsigned(depth))),
        ...unsigned(last),
      ]
    }
    case "call_indirect":
      return [0x11, ...unsigned(node.type), 0]
    case "call":
    case "drop":
    case "global.get":
    case "global.set":
    case "local.get":
    case "local.set":
    case "local.tee":
    case "memory.copy":
    case "memory.fill":
    case "memory.grow":
    case "memory.size":
    case "nop":
    case "return":
    case "select":
    case "unreachable":
      return [...(simple[node.op] ?? []), ...("index" in node ? unsigned(node.index) : [])]
  }
}

function constant(type: Type, bits: bigint): number[] {
  if (type === "i32") return [0x41, ...signed(BigInt.asIntN(32, bits))]
  if (type === "i64") return [0x42, ...signed(BigInt.asIntN(64, bits))]
  const size = type === "f32" ? 4 : 8
  const bytes = Array.from({ length: size }, (_, index) =>
    Number((bits >> BigInt(8 * index)) & 255n),
  )
  return [type === "f32" ? 0x43 : 0x44, ...bytes]
}

function section(id: number, content: number[]): number[] {
  return [id, ...unsigned(content.length), ...content]
}

function vector(entries: number[][]): number[] {
  return [...unsigned(entries.length), ...entries.flat()]
}

function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)]
}

function signed(value: bigint): number[] {
  const low = Number(value & 127n)
  const rest = value >> 7n
  if ((rest === 0n && low < 64) || (rest === -1n && low >= 64)) return [low]
  return [low | 128, ...signed(rest)]
}
