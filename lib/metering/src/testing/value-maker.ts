/** Values at random in a function's body; what stands between them is the subclass's. */
import { accesses, allChoices, allTypes, scalarChoices, scalars } from "./operator-choices.ts"
import type { Random } from "./random.ts"
import type { BlockType, FunctionTree, ModuleTree, Node, Type } from "./tree.ts"

/** The last functions are in the table and call nobody, so that no call goes round in a circle. */
export const LEAVES = 3

export interface Surroundings {
  random: Random
  functions: readonly FunctionTree[]
  globals: ModuleTree["globals"]
  isRich: boolean
}

export abstract class ValueMaker {
  protected readonly random: Random
  protected readonly functions: readonly FunctionTree[]
  protected readonly globals: ModuleTree["globals"]
  protected readonly isRich: boolean
  protected readonly types: readonly Type[]
  protected readonly locals: readonly Type[]
  protected readonly results: readonly Type[]
  /** What the labels in scope take, innermost first; a loop's takes nothing. */
  protected readonly labels: BlockType[]
  protected budget = 60
  readonly #index: number

  constructor({ random, functions, globals, isRich }: Surroundings, index: number) {
    const { params, locals, results } = functions[index] as FunctionTree
    this.random = random
    this.functions = functions
    this.globals = globals
    this.isRich = isRich
    this.types = isRich ? allTypes : scalars
    this.locals = [...params, ...locals]
    this.results = results
    this.labels = [results.length > 0 ? results : undefined]
    this.#index = index
  }

  protected abstract statements(depth: number): Node[]

  protected value(type: Type, depth: number): Node[] {
    const random = this.random
    this.budget -= 1
    if (depth <= 0 || this.budget < 0) return this.#leaf(type)
    switch (random.below(10)) {
      case 0:
        return [{ op: "block", type, body: this.inside(type, () => this.#block(type, depth - 1)) }]
      case 1:
        return this.choice(type, depth)
      case 2: {
        const [name, opcode] = random.pick(accesses[type])
        return [...this.address(depth), { op: "access", name, opcode, offset: random.below(64) }]
      }
      case 3:
        return [
          ...this.value(type, depth - 1),
          ...this.value(type, depth - 1),
          ...this.value("i32", depth - 1),
          { op: "select" },
        ]
      case 4:
        return this.call(type, depth)
      case 5:
        return this.#leaf(type)
      default: {
        const choices = this.isRich ? allChoices : scalarChoices
        const { name, opcode, takes, immediates, below } = random.pick(choices.get(type) ?? [])
        const operands = takes.flatMap((operand) => this.value(operand, depth - 1))
        if (immediates === 0) return [...operands, { op: "plain", name, opcode }]
        const chosen = Array.from({ length: immediates }, () => random.below(below))
        return [...operands, { op: "plain", name, opcode, immediates: chosen }]
      }
    }
  }

  #leaf(type: Type): Node[] {
    const random = this.random
    const locals = this.locals.flatMap((local, index) => (local === type ? [index] : []))
    if (locals.length > 0 && random.chance(0.5)) {
      const index = random.pick(locals)
      if (random.chance(0.2))
        return [
          { op: "const", type, bits: random.bits(type) },
          { op: "local.tee", index },
        ]
      return [{ op: "local.get", index }]
    }
    const global = this.globals.findIndex((one) => one.type === type)
    if (random.chance(0.2)) return [{ op: "global.get", index: global }]
    if (type === "i32" && random.chance(0.1)) return [{ op: "memory.size" }]
    return [{ op: "const", type, bits: random.bits(type) }]
  }

  protected address(depth: number): Node[] {
    if (this.random.chance(0.03)) return this.value("i32", depth - 1)
    return this.small(60_000)
  }

  protected small(below: number): Node[] {
    return [{ op: "const", type: "i32", bits: BigInt(this.random.below(below + 1)) }]
  }

  protected choice(type: Type | undefined, depth: number): Node[] {
    const arm = () => this.inside(type, () => this.#block(type, depth - 1))
    const condition = this.value("i32", depth - 1)
    const otherwise = type !== undefined || this.random.chance(0.5)
    return [...condition, { op: "if", type, body: arm(), otherwise: otherwise ? arm() : undefined }]
  }

  /** Statements, then a value, with which it may branch out. */
  #block(type: Type | undefined, depth: number): Node[] {
    const body = this.statements(depth)
    if (type === undefined) return body
    body.push(...this.value(type, depth))
    if (this.random.chance(0.3))
      body.push(...this.value("i32", depth - 1), { op: "br_if", depth: 0 })
    return body
  }

  protected inside(label: BlockType, make: () => Node[]): Node[] {
    this.labels.unshift(label)
    const body = make()
    this.labels.shift()
    return body
  }

  /** A call, or one that returns, of that function: directly, or through the table. */
  protected callOf(index: number, depth: number, kind: "call" | "return_call"): Node[] {
    const params = this.functions[index]?.params ?? []
    const operands = params.flatMap((type) => this.value(type, depth - 1))
    if (this.random.chance(0.6)) return [...operands, { op: kind, index }]
    const slot = this.small(this.random.chance(0.1) ? 9 : 3)
    return [...operands, ...slot, { op: `${kind}_indirect` as const, type: index }]
  }

  /** Calls a later function, or any one in a rich module. */
  protected call(result: Type | undefined, depth: number): Node[] {
    const random = this.random
    const isLeaf = this.#index >= this.functions.length - LEAVES && !this.isRich
    const wanted = result === undefined ? "" : result
    const others = this.functions.flatMap(({ results }, index) =>
      (this.isRich || index > this.#index) && results.join() === wanted ? [index] : [],
    )
    if (isLeaf || others.length === 0)
      return result === undefined ? [{ op: "nop" }] : this.#leaf(result)
    return this.callOf(random.pick(others), depth, "call")
  }
}
