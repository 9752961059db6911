/** Valid modules at random, from a seed. */
import { operators } from "./numeric.ts"
import { createRandom, type Random } from "./random.ts"
import type { BlockType, FunctionTree, ModuleTree, Node, Type } from "./tree.ts"
import { vectorOperators } from "./vector-numeric.ts"

const scalars: readonly Type[] = ["i32", "i64", "f32", "f64"]
const allTypes: readonly Type[] = [...scalars, "v128"]
const FUNCTIONS = 6
/** The last functions are in the table and call nobody, so that no call goes round in a circle. */
const LEAVES = 3

interface Choice {
  name: string
  opcode: number
  takes: Type[]
  immediates: number
  below: number
}

const scalarChoices = new Map<Type, Choice[]>()
const allChoices = new Map<Type, Choice[]>()
for (const type of scalars) scalarChoices.set(type, [])
for (const [name, { opcode, takes, gives }] of operators)
  scalarChoices.get(gives)?.push({ name, opcode, takes, immediates: 0, below: 0 })
for (const type of allTypes) {
  const vectors = [...vectorOperators.values()].filter(({ gives }) => gives === type)
  allChoices.set(type, [...(scalarChoices.get(type) ?? []), ...vectors])
}

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
  v128: [["v128.load", 512]],
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
  v128: [["v128.store", 512 + 11]],
}

/** A rich one has what contracts may not have: vectors, several results, tail calls, tables' operators, calls of the host, recursion. */
export function generate(seed: number, isRich = false): ModuleTree {
  const random = createRandom(seed)
  const types = isRich ? allTypes : scalars
  const globals = types.map((type) => ({ type, bits: random.bits(type) }))
  const shapes = Array.from({ length: FUNCTIONS }, (_, index): FunctionTree => ({
    params: index === 0 ? [] : random.list(3, () => random.pick(types)),
    results: index === 0 ? ["i64"] : makeResults(random, types, isRich),
    locals: random.list(5, () => random.pick(types)),
    body: [],
  }))
  shapes.forEach((shape, index) => {
    shape.body = new BodyMaker(random, shapes, globals, index, isRich).make()
  })
  const table = Array.from({ length: 4 }, () => FUNCTIONS - 1 - random.below(LEAVES))
  return {
    functions: shapes,
    globals,
    table,
    data: random.list(64, () => random.below(256)),
    exported: 0,
    isRich,
  }
}

function makeResults(random: Random, types: readonly Type[], isRich: boolean): Type[] {
  if (isRich && random.chance(0.2))
    return [random.pick(types), random.pick(types), random.pick(types)]
  return random.chance(0.7) ? [random.pick(types)] : []
}

class BodyMaker {
  readonly #random: Random
  readonly #functions: FunctionTree[]
  readonly #globals: ModuleTree["globals"]
  readonly #index: number
  readonly #locals: Type[]
  readonly #isRich: boolean
  readonly #types: readonly Type[]
  /** What the labels in scope take, innermost first; a loop's takes nothing. */
  #labels: BlockType[]
  #budget = 60

  constructor(
    random: Random,
    functions: FunctionTree[],
    globals: ModuleTree["globals"],
    index: number,
    isRich: boolean,
  ) {
    const shape = functions[index] as FunctionTree
    this.#random = random
    this.#functions = functions
    this.#globals = globals
    this.#index = index
    this.#locals = [...shape.params, ...shape.locals]
    this.#isRich = isRich
    this.#types = isRich ? allTypes : scalars
    this.#labels = [shape.results.length > 0 ? shape.results : undefined]
  }

  make(): Node[] {
    const body = this.#statements(3)
    for (const result of this.#results) body.push(...this.#value(result, 3))
    return body
  }

  get #results(): readonly Type[] {
    return this.#functions[this.#index]?.results ?? []
  }

  #statements(depth: number): Node[] {
    return this.#random.list(4, () => this.#statement(depth)).flat()
  }

  #statement(depth: number): Node[] {
    const random = this.#random
    this.#budget -= 1
    if (this.#budget < 0 || depth <= 0) return [{ op: "nop" }]
    switch (random.below(this.#isRich ? 18 : 14)) {
      case 14:
        return random.chance(0.4) ? this.#tailCall(depth) : [{ op: "nop" }]
      case 15:
        return this.#tableOperator()
      case 16:
        return [...this.#value("i32", depth - 1), { op: "call_host" }]
      case 17:
        return this.#severalResults(depth)
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
        const type = random.pick(this.#types)
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
        return [...this.#value(random.pick(this.#types), depth - 1), { op: "drop" }]
      case 10: {
        const [name, second] = random.pick([
          ["memory.fill", 255],
          ["memory.copy", 60_000],
          ...(this.#isRich ? ([["memory.init", 6]] as const) : []),
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
    const values = this.#results.flatMap((result) => this.#value(result, depth - 1))
    return [...values, { op: "return" }, ...this.#statements(depth - 1)]
  }

  /** To a function of the same results, if there is one. */
  #tailCall(depth: number): Node[] {
    const random = this.#random
    const wanted = this.#results.join()
    const alike = this.#functions.flatMap(({ results }, index) =>
      results.join() === wanted ? [index] : [],
    )
    const index = random.pick(alike)
    const operands = this.#operandsOf(index, depth)
    if (random.chance(0.6)) return [...operands, { op: "return_call", index }]
    return [
      ...operands,
      ...this.#small(random.chance(0.1) ? 9 : 3),
      { op: "return_call_indirect", type: index },
    ]
  }

  #tableOperator(): Node[] {
    const random = this.#random
    const reference = (): Node =>
      random.chance(0.3)
        ? { op: "ref.null" }
        : { op: "ref.func", index: this.#functions.length - 1 - random.below(LEAVES) }
    switch (random.below(5)) {
      case 0:
        return [...this.#small(4), reference(), ...this.#small(4), { op: "table.fill" }]
      case 1:
        return [...this.#small(4), ...this.#small(4), ...this.#small(3), { op: "table.copy" }]
      case 2:
        return [...this.#small(4), ...this.#small(2), ...this.#small(2), { op: "table.init" }]
      case 3:
        return [{ op: "table.size" }, { op: "drop" }]
      default: {
        const count = random.chance(0.05) ? 300_000 : random.below(5)
        return [
          reference(),
          { op: "const", type: "i32", bits: BigInt(count) },
          { op: "table.grow" },
          { op: "drop" },
        ]
      }
    }
  }

  /** A block, loop or choice that leaves several values, all of which are dropped. */
  #severalResults(depth: number): Node[] {
    const random = this.#random
    const type = [random.pick(this.#types), random.pick(this.#types)]
    const values = () => type.flatMap((one) => this.#value(one, depth - 2))
    const leave = (): Node[] =>
      random.chance(0.5) ? [...this.#value("i32", depth - 2), { op: "br_if", depth: 0 }] : []
    const block = () =>
      this.#inside(type, () => [...this.#statements(depth - 2), ...values(), ...leave()])
    const drops: Node[] = [{ op: "drop" }, { op: "drop" }]
    if (random.chance(0.5)) return [{ op: "block", type, body: block() }, ...drops]
    const condition = this.#value("i32", depth - 2)
    return [...condition, { op: "if", type, body: block(), otherwise: block() }, ...drops]
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

  #inside(label: BlockType, make: () => Node[]): Node[] {
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
        const choices = this.#isRich ? allChoices : scalarChoices
        const { name, opcode, takes, immediates, below } = random.pick(choices.get(type) ?? [])
        const operands = takes.flatMap((operand) => this.#value(operand, depth - 1))
        if (immediates === 0) return [...operands, { op: "plain", name, opcode }]
        const chosen = Array.from({ length: immediates }, () => random.below(below))
        return [...operands, { op: "plain", name, opcode, immediates: chosen }]
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

  #operandsOf(index: number, depth: number): Node[] {
    const params = this.#functions[index]?.params ?? []
    return params.flatMap((type) => this.#value(type, depth - 1))
  }

  /** Calls a later function, or any one in a rich module: directly, or through the table. */
  #call(result: Type | undefined, depth: number): Node[] {
    const random = this.#random
    const isLeaf = this.#index >= FUNCTIONS - LEAVES && !this.#isRich
    const wanted = result === undefined ? "" : result
    const others = this.#functions.flatMap(({ results }, index) =>
      (this.#isRich || index > this.#index) && results.join() === wanted ? [index] : [],
    )
    if (isLeaf || others.length === 0)
      return result === undefined ? [{ op: "nop" }] : this.#leaf(result)
    const index = random.pick(others)
    const operands = this.#operandsOf(index, depth)
    if (random.chance(0.6)) return [...operands, { op: "call", index }]
    return [
      ...operands,
      ...this.#small(random.chance(0.1) ? 9 : 3),
      { op: "call_indirect", type: index },
    ]
  }
}
