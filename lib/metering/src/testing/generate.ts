/** Valid modules at random, from a seed. */
import { operators } from "./numeric.ts"
import type { FunctionTree, ModuleTree, Node, Type } from "./tree.ts"

const types: readonly Type[] = ["i32", "i64", "f32", "f64"]
const FUNCTIONS = 6
/** The last functions are in the table and call nobody, so that no call goes round in a circle. */
const LEAVES = 3

const byResult = new Map<Type, { name: string; opcode: number; takes: Type[] }[]>()
for (const type of types) byResult.set(type, [])
for (const [name, { opcode, takes, gives }] of operators)
  byResult.get(gives)?.push({ name, opcode, takes })

const accesses: Record<Type, [name: string, opcode: number][]> = {
  i32: [
    ["i32.load", 0x28],
    ["i32.load8_s", 0x2c],
    ["i32.load8_u", 0x2d],
    ["i32.load16_s", 0x2e],
    ["i32.load16_u", 0x2f],
  ],
  i64: [
    ["i64.load", 0x29],
    ["i64.load8_s", 0x30],
    ["i64.load8_u", 0x31],
    ["i64.load16_s", 0x32],
    ["i64.load16_u", 0x33],
    ["i64.load32_s", 0x34],
    ["i64.load32_u", 0x35],
  ],
  f32: [["f32.load", 0x2a]],
  f64: [["f64.load", 0x2b]],
}
const stores: Record<Type, [name: string, opcode: number][]> = {
  i32: [
    ["i32.store", 0x36],
    ["i32.store8", 0x3a],
    ["i32.store16", 0x3b],
  ],
  i64: [
    ["i64.store", 0x37],
    ["i64.store8", 0x3c],
    ["i64.store16", 0x3d],
    ["i64.store32", 0x3e],
  ],
  f32: [["f32.store", 0x38]],
  f64: [["f64.store", 0x39]],
}

export function generate(seed: number): ModuleTree {
  const random = createRandom(seed)
  const globals = types.map((type) => ({ type, bits: random.bits(type) }))
  const shapes = Array.from({ length: FUNCTIONS }, (_, index): FunctionTree => ({
    params: index === 0 ? [] : random.list(3, () => random.pick(types)),
    results: index === 0 ? ["i64"] : random.chance(0.7) ? [random.pick(types)] : [],
    locals: random.list(5, () => random.pick(types)),
    body: [],
  }))
  shapes.forEach((shape, index) => {
    shape.body = new BodyMaker(random, shapes, globals, index).make()
  })
  const table = Array.from({ length: 4 }, () => FUNCTIONS - 1 - random.below(LEAVES))
  return {
    functions: shapes,
    globals,
    table,
    data: random.list(64, () => random.below(256)),
    exported: 0,
  }
}

class BodyMaker {
  readonly #random: Random
  readonly #functions: FunctionTree[]
  readonly #globals: ModuleTree["globals"]
  readonly #index: number
  readonly #locals: Type[]
  /** Result types of the labels in scope, innermost first; a loop's label takes nothing. */
  #labels: (Type | undefined)[]
  #budget = 60

  constructor(
    random: Random,
    functions: FunctionTree[],
    globals: ModuleTree["globals"],
    index: number,
  ) {
    const shape = functions[index] as FunctionTree
    this.#random = random
    this.#functions = functions
    this.#globals = globals
    this.#index = index
    this.#locals = [...shape.params, ...shape.locals]
    this.#labels = [shape.results[0]]
  }

  make(): Node[] {
    const result = this.#functions[this.#index]?.results[0]
    const body = this.#statements(3)
    if (result !== undefined) body.push(...this.#value(result, 3))
    return body
  }

  #statements(depth: number): Node[] {
    return this.#random.list(4, () => this.#statement(depth)).flat()
  }

  #statement(depth: number): Node[] {
    const random = this.#random
    this.#budget -= 1
    if (this.#budget < 0 || depth <= 0) return [{ op: "nop" }]
    switch (random.below(14)) {
      case 0:
        return this.#locals.length > 0 ? this.#setLocal(depth) : [{ op: "nop" }]
      case 1: {
        const index = random.below(this.#globals.length)
        return [
          ...this.#value(this.#globals[index]?.type ?? "i32", depth - 1),
          { op: "global.set", index },
        ]
      }
      case 2: {
        const type = random.pick(types)
        const [name, opcode] = random.pick(stores[type])
        return [
          ...this.#address(depth),
          ...this.#value(type, depth - 1),
          { op: "access", name, opcode, offset: random.below(64) },
        ]
      }
      case 3:
      case 4:
        return [
          {
            op: "block",
            type: undefined,
            body: this.#inside(undefined, () => this.#statements(depth - 1)),
          },
        ]
      case 5:
      case 6:
        return [
          {
            op: "loop",
            type: undefined,
            body: this.#inside(undefined, () => this.#loopBody(depth)),
          },
        ]
      case 7:
        return this.#choice(undefined, depth)
      case 8:
        return this.#branch(depth)
      case 9:
        return [...this.#value(random.pick(types), depth - 1), { op: "drop" }]
      case 10: {
        const [name, second] = random.pick([
          ["memory.fill", 255],
          ["memory.copy", 60_000],
        ] as const)
        return [
          ...this.#address(depth),
          ...this.#small(second),
          ...this.#small(random.chance(0.05) ? 100_000 : 40),
          { op: name },
        ]
      }
      case 11:
        return random.chance(0.2)
          ? [...this.#small(random.pick([0, 1, 2, 3000])), { op: "memory.grow" }, { op: "drop" }]
          : [{ op: "nop" }]
      case 12:
        return random.chance(0.15) ? this.#leave(depth) : [{ op: "nop" }]
      default:
        return this.#call(undefined, depth)
    }
  }

  #setLocal(depth: number): Node[] {
    const index = this.#random.below(this.#locals.length)
    return [...this.#value(this.#locals[index] ?? "i32", depth - 1), { op: "local.set", index }]
  }

  /** Most loops branch back now and then; some are never branched to. */
  #loopBody(depth: number): Node[] {
    const body = this.#statements(depth - 1)
    if (this.#random.chance(0.7))
      body.push(...this.#value("i32", depth - 1), { op: "br_if", depth: 0 })
    return body
  }

  /** To a label that takes nothing. */
  #branch(depth: number): Node[] {
    const free = this.#labels.flatMap((type, label) => (type === undefined ? [label] : []))
    if (free.length === 0) return [{ op: "nop" }]
    const random = this.#random
    switch (random.below(3)) {
      case 0:
        return [...this.#value("i32", depth - 1), { op: "br_if", depth: random.pick(free) }]
      case 1:
        return [
          ...this.#value("i32", depth - 1),
          {
            op: "br_table",
            depths: [random.pick(free), ...random.list(3, () => random.pick(free))],
          },
          ...this.#statements(depth - 1),
        ]
      default:
        return [{ op: "br", depth: random.pick(free) }, ...this.#statements(depth - 1)]
    }
  }

  #leave(depth: number): Node[] {
    if (this.#random.chance(0.5)) return [{ op: "unreachable" }, ...this.#statements(depth - 1)]
    const result = this.#functions[this.#index]?.results[0]
    const value = result === undefined ? [] : this.#value(result, depth - 1)
    return [...value, { op: "return" }, ...this.#statements(depth - 1)]
  }

  #choice(type: Type | undefined, depth: number): Node[] {
    const arm = () => this.#inside(type, () => this.#block(type, depth - 1))
    const condition = this.#value("i32", depth - 1)
    const otherwise = type !== undefined || this.#random.chance(0.5)
    return [...condition, { op: "if", type, body: arm(), otherwise: otherwise ? arm() : undefined }]
  }

  /** Statements, then a value, with which it may branch out. */
  #block(type: Type | undefined, depth: number): Node[] {
    const body = this.#statements(depth)
    if (type === undefined) return body
    body.push(...this.#value(type, depth))
    if (this.#random.chance(0.3))
      body.push(...this.#value("i32", depth - 1), { op: "br_if", depth: 0 })
    return body
  }

  #inside(label: Type | undefined, make: () => Node[]): Node[] {
    this.#labels.unshift(label)
    const body = make()
    this.#labels.shift()
    return body
  }

  #value(type: Type, depth: number): Node[] {
    const random = this.#random
    this.#budget -= 1
    if (depth <= 0 || this.#budget < 0) return this.#leaf(type)
    switch (random.below(10)) {
      case 0:
        return [{ op: "block", type, body: this.#inside(type, () => this.#block(type, depth - 1)) }]
      case 1:
        return this.#choice(type, depth)
      case 2: {
        const [name, opcode] = random.pick(accesses[type])
        return [...this.#address(depth), { op: "access", name, opcode, offset: random.below(64) }]
      }
      case 3:
        return [
          ...this.#value(type, depth - 1),
          ...this.#value(type, depth - 1),
          ...this.#value("i32", depth - 1),
          { op: "select" },
        ]
      case 4:
        return this.#call(type, depth)
      case 5:
        return this.#leaf(type)
      default: {
        const { name, opcode, takes } = random.pick(byResult.get(type) ?? [])
        return [
          ...takes.flatMap((operand) => this.#value(operand, depth - 1)),
          { op: "plain", name, opcode },
        ]
      }
    }
  }

  #leaf(type: Type): Node[] {
    const random = this.#random
    const locals = this.#locals.flatMap((local, index) => (local === type ? [index] : []))
    if (locals.length > 0 && random.chance(0.5)) {
      const index = random.pick(locals)
      if (random.chance(0.2))
        return [
          { op: "const", type, bits: random.bits(type) },
          { op: "local.tee", index },
        ]
      return [{ op: "local.get", index }]
    }
    const global = this.#globals.findIndex((one) => one.type === type)
    if (random.chance(0.2)) return [{ op: "global.get", index: global }]
    if (type === "i32" && random.chance(0.1)) return [{ op: "memory.size" }]
    return [{ op: "const", type, bits: random.bits(type) }]
  }

  #address(depth: number): Node[] {
    if (this.#random.chance(0.03)) return this.#value("i32", depth - 1)
    return this.#small(60_000)
  }

  #small(below: number): Node[] {
    return [{ op: "const", type: "i32", bits: BigInt(this.#random.below(below + 1)) }]
  }

  /** Calls a later function: directly, or through the table. */
  #call(result: Type | undefined, depth: number): Node[] {
    const random = this.#random
    const isLeaf = this.#index >= FUNCTIONS - LEAVES
    const later = this.#functions.flatMap(({ results }, index) =>
      index > this.#index && results[0] === result ? [index] : [],
    )
    if (isLeaf || later.length === 0)
      return result === undefined ? [{ op: "nop" }] : this.#leaf(result)
    const index = random.pick(later)
    const operands = (this.#functions[index]?.params ?? []).flatMap((type) =>
      this.#value(type, depth - 1),
    )
    if (random.chance(0.6)) return [...operands, { op: "call", index }]
    return [
      ...operands,
      ...this.#small(random.chance(0.1) ? 9 : 3),
      { op: "call_indirect", type: index },
    ]
  }
}

type Random = ReturnType<typeof createRandom>

/** Mulberry32. */
export function createRandom(seed: number) {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number) => Math.floor(next() * limit)
  const pick = <T>(values: readonly T[]): T => values[below(values.length)] as T
  const chance = (probability: number) => next() < probability
  const word = () => (BigInt(below(2 ** 32)) << 32n) | BigInt(below(2 ** 32))
  const special: Record<Type, readonly bigint[]> = {
    i32: [0n, 1n, 2n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn],
    i64: [0n, 1n, 0x7fff_ffff_ffff_ffffn, 0x8000_0000_0000_0000n, 0xffff_ffff_ffff_ffffn],
    f32: [
      0n,
      0x8000_0000n,
      0x3f80_0000n,
      0x7f80_0000n,
      0x7fc0_0000n,
      0xffa0_1234n,
      0x4f00_0000n,
      1n,
    ],
    f64: [
      0n,
      1n << 63n,
      0x3ff0_0000_0000_0000n,
      0x7ff0_0000_0000_0000n,
      0xfff4_0000_0000_1234n,
      0x43e0_0000_0000_0000n,
    ],
  }
  return {
    below,
    pick,
    chance,
    list: <T>(most: number, make: () => T): T[] => Array.from({ length: below(most + 1) }, make),
    bits: (type: Type) =>
      chance(0.4)
        ? pick(special[type])
        : BigInt.asUintN(type.endsWith("32") ? 32 : 64, chance(0.5) ? BigInt(below(100)) : word()),
  }
}
