/** Modules as trees, which a generator makes, an interpreter walks and an encoder turns into bytes. */

export type Type = "i32" | "i64" | "f32" | "f64" | "v128"

export type Node =
  | { op: "plain"; name: string; opcode: number; immediates?: number[] }
  | { op: "access"; name: string; opcode: number; offset: number }
  | { op: "const"; type: Type; bits: bigint }
  | { op: "local.get" | "local.set" | "local.tee" | "global.get" | "global.set"; index: number }
  | { op: "block" | "loop"; type: BlockType; body: Node[] }
  | { op: "if"; type: BlockType; body: Node[]; otherwise: Node[] | undefined }
  | { op: "br" | "br_if"; depth: number }
  | { op: "br_table"; depths: number[] }
  | { op: "return" | "unreachable" | "nop" | "drop" | "select" }
  | { op: "call" | "return_call"; index: number }
  | { op: "call_indirect" | "return_call_indirect"; type: number }
  /** Calls the host's one function, which takes an i32. */
  | { op: "call_host" }
  | { op: "ref.func"; index: number }
  | { op: BulkName | "memory.size" | "table.size" | "ref.null" }

type BulkName =
  | "memory.grow"
  | "memory.fill"
  | "memory.copy"
  | "memory.init"
  | "table.grow"
  | "table.fill"
  | "table.copy"
  | "table.init"

/** What a block leaves behind; several as a list. */
export type BlockType = Type | readonly Type[] | undefined

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
  /** It imports the host's function, and has a passive segment of elements and one of data besides. */
  isRich: boolean
}

/** Of the passive segments. */
export const SEGMENT = { data: [7, 8, 9, 10, 11, 12, 13, 14], elements: 3 } as const
export const TABLE_MAXIMUM = 200_000

export function resultsOf(type: BlockType): readonly Type[] {
  if (type === undefined) return []
  return typeof type === "string" ? [type] : type
}

const typeBytes: Record<Type, number> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b }
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
  return_call: [0x12],
  call_host: [0x10, 0],
  "ref.null": [0xd0, 0x70],
  "ref.func": [0xd2],
  "memory.init": [0xfc, 8, 1, 0],
  "table.init": [0xfc, 12, 1, 0],
  "table.copy": [0xfc, 14, 0, 0],
  "table.grow": [0xfc, 15, 0],
  "table.size": [0xfc, 16, 0],
  "table.fill": [0xfc, 17, 0],
  "memory.size": [0x3f, 0],
  "memory.grow": [0x40, 0],
  "memory.copy": [0xfc, 10, 0, 0],
  "memory.fill": [0xfc, 11, 0],
}

const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]

/** How an encoding differs from the usual one. */
interface Way {
  /** Numeric operators that may give a NaN are followed by what makes it canonical. */
  isCanonical?: boolean
  /** Of the memory and the table, as metering would set them. */
  maxima?: { pages: number; elements: number }
}

/** What nodes refer to by number, as the module numbers it. */
interface Numbering extends Way {
  /** Functions that come first, since they are imported. */
  imported: number
  /** Types of blocks with several results, behind those of functions. */
  blockTypes: Map<string, number>
  /** Of the function: its locals, behind which are those that make NaNs canonical. */
  locals: number
}

/** Function `i` has type `i`; "main" is `exported`, the memory has one page, which a rich module exports as "m". */
export function encode(tree: ModuleTree, way: Way = {}): Uint8Array<ArrayBuffer> {
  const { functions, globals, table, data, isRich } = tree
  const imported = isRich ? 1 : 0
  const numbering: Numbering = { ...way, imported, blockTypes: new Map(), locals: 0 }
  const types = functions.map(({ params, results }) => functionType(params, results))
  types.push(functionType(["i32"], []))
  const bodies = functions.map((one) => {
    return encodeBody(one, { ...numbering, locals: one.params.length + one.locals.length }, types)
  })
  const indices = (list: readonly number[]) =>
    vector(list.map((index) => unsigned(index + imported)))
  const elements = [0, 0x41, 0, 0x0b, ...indices(table)]
  const passive = [1, 0, ...indices(leavesOf(tree))]
  const bytes = (list: readonly number[]) => [...unsigned(list.length), ...list]
  const main = [4, ...Buffer.from("main"), 0, ...unsigned(tree.exported + imported)]
  const active = [0, 0x41, 0, 0x0b, ...bytes(data)]
  return Uint8Array.from([
    ...header,
    ...section(1, vector(types)),
    ...section(2, isRich ? [1, 1, 0x68, 1, 0x68, 0, ...unsigned(functions.length)] : [0]),
    ...section(3, vector(functions.map((_, index) => unsigned(index)))),
    ...section(4, [1, 0x70, ...limits(table.length, way.maxima?.elements)]),
    ...section(5, [1, ...limits(1, way.maxima?.pages)]),
    ...section(
      6,
      vector(globals.map(({ type, bits }) => [typeBytes[type], 1, ...constant(type, bits), 0x0b])),
    ),
    ...section(7, vector(isRich ? [main, [1, 0x6d, 2, 0]] : [main])),
    ...section(9, vector(isRich ? [elements, passive] : [elements])),
    ...(isRich ? section(12, [2]) : []),
    ...section(10, vector(bodies)),
    ...section(11, vector(isRich ? [active, [1, ...bytes(SEGMENT.data)]] : [active])),
  ])
}

function limits(initial: number, maximum: number | undefined): number[] {
  if (maximum === undefined) return [0, ...unsigned(initial)]
  return [1, ...unsigned(initial), ...unsigned(maximum)]
}

/** What the passive segment of elements holds. */
export function leavesOf({ functions }: ModuleTree): number[] {
  return Array.from({ length: SEGMENT.elements }, (_, index) => functions.length - 1 - index)
}

function functionType(params: readonly Type[], results: readonly Type[]): number[] {
  const list = (types: readonly Type[]) => vector(types.map((type) => [typeBytes[type]]))
  return [0x60, ...list(params), ...list(results)]
}

function encodeBody(
  { locals, body }: FunctionTree,
  numbering: Numbering,
  types: number[][],
): number[] {
  const added: Type[] = numbering.isCanonical === true ? ["f32", "f64", "v128"] : []
  const groups = vector([...locals, ...added].map((type) => [1, typeBytes[type]]))
  const code = [...groups, ...encodeNodes(body, numbering, types), 0x0b]
  return [...unsigned(code.length), ...code]
}

function encodeNodes(nodes: readonly Node[], numbering: Numbering, types: number[][]): number[] {
  return nodes.flatMap((node) => encodeNode(node, numbering, types))
}

function encodeBlockType(type: BlockType, { blockTypes }: Numbering, types: number[][]): number[] {
  if (type === undefined) return [0x40]
  if (typeof type === "string") return [typeBytes[type]]
  const key = type.join()
  const index = blockTypes.get(key) ?? types.push(functionType([], type)) - 1
  blockTypes.set(key, index)
  return signed(BigInt(index))
}

function encodeNode(node: Node, numbering: Numbering, types: number[][]): number[] {
  switch (node.op) {
    case "plain":
      return encodePlain(node, numbering)
    case "access":
      return [...prefixed(node.opcode), 0, ...unsigned(node.offset)]
    case "const":
      return constant(node.type, node.bits)
    case "block":
    case "loop":
    case "if": {
      const opcode = { block: 0x02, loop: 0x03, if: 0x04 }[node.op]
      const otherwise =
        node.op === "if" && node.otherwise !== undefined
          ? [0x05, ...encodeNodes(node.otherwise, numbering, types)]
          : []
      const type = encodeBlockType(node.type, numbering, types)
      return [opcode, ...type, ...encodeNodes(node.body, numbering, types), ...otherwise, 0x0b]
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
    case "return_call_indirect":
      return [node.op === "call_indirect" ? 0x11 : 0x13, ...unsigned(node.type), 0]
    case "call":
    case "return_call":
    case "ref.func":
      return [...(simple[node.op] ?? []), ...unsigned(node.index + numbering.imported)]
    case "call_host":
    case "drop":
    case "global.get":
    case "global.set":
    case "local.get":
    case "local.set":
    case "local.tee":
    case "memory.copy":
    case "memory.fill":
    case "memory.grow":
    case "memory.init":
    case "memory.size":
    case "nop":
    case "ref.null":
    case "return":
    case "select":
    case "table.copy":
    case "table.fill":
    case "table.grow":
    case "table.init":
    case "table.size":
    case "unreachable":
      return [...(simple[node.op] ?? []), ...("index" in node ? unsigned(node.index) : [])]
  }
}

function prefixed(opcode: number): number[] {
  if (opcode < 256) return [opcode]
  return opcode < 512 ? [0xfc, opcode - 256] : [0xfd, ...unsigned(opcode - 512)]
}

function encodePlain(
  { name, opcode, immediates = [] }: Node & { op: "plain" },
  { isCanonical = false, locals }: Numbering,
): number[] {
  const code = [...prefixed(opcode), ...immediates]
  const kind = isCanonical ? nanOf(name) : undefined
  if (kind === undefined) return code
  const place = { f32: 0, f64: 1, f32x4: 2, f64x2: 2 }[kind]
  const [tee, get] = [0x22, 0x20].map((one) => [one, ...unsigned(locals + place)])
  if (tee === undefined || get === undefined) throw new Error("no local")
  const bytes = kind.startsWith("f32") ? [0, 0, 0xc0, 0x7f] : [0, 0, 0, 0, 0, 0, 0xf8, 0x7f]
  if (kind === "f32" || kind === "f64") {
    const isSingle = kind === "f32"
    const nan = [isSingle ? 0x43 : 0x44, ...bytes]
    return [...code, ...tee, ...nan, ...get, ...get, isSingle ? 0x5b : 0x61, 0x1b]
  }
  const lanes = Array.from({ length: 16 / bytes.length }, () => bytes).flat()
  const equal = kind === "f32x4" ? 0x41 : 0x47
  return [...code, ...tee, 0xfd, 0x0c, ...lanes, ...get, ...get, 0xfd, equal, 0xfd, 0x52]
}

/** Of which kind the NaN is that an operator may make. */
function nanOf(name: string): "f32" | "f64" | "f32x4" | "f64x2" | undefined {
  const arithmetic =
    /^(f\d\dx?\d?)\.(add|sub|mul|div|min|max|sqrt|ceil|floor|trunc|nearest|demote|promote)/
  const [, kind] = arithmetic.exec(name) ?? []
  return kind as "f32" | "f64" | "f32x4" | "f64x2" | undefined
}

function constant(type: Type, bits: bigint): number[] {
  if (type === "i32") return [0x41, ...signed(BigInt.asIntN(32, bits))]
  if (type === "i64") return [0x42, ...signed(BigInt.asIntN(64, bits))]
  const size = { f32: 4, f64: 8, v128: 16 }[type]
  const bytes = Array.from({ length: size }, (_, index) =>
    Number((bits >> BigInt(8 * index)) & 255n),
  )
  if (type === "v128") return [0xfd, 0x0c, ...bytes]
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
