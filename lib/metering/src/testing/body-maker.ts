/** A function's body at random. */
import { stores } from "./operator-choices.ts"
import type { Node } from "./tree.ts"
import { LEAVES, ValueMaker } from "./value-maker.ts"

export class BodyMaker extends ValueMaker {
  make(): Node[] {
    const body = this.statements(3)
    for (const result of this.results) body.push(...this.value(result, 3))
    return body
  }

  protected statements(depth: number): Node[] {
    return this.random.list(4, () => this.#statement(depth)).flat()
  }

  #statement(depth: number): Node[] {
    const random = this.random
    this.budget -= 1
    if (this.budget < 0 || depth <= 0) return [{ op: "nop" }]
    switch (random.below(this.isRich ? 18 : 14)) {
      case 14:
        return random.chance(0.4) ? this.#tailCall(depth) : [{ op: "nop" }]
      case 15:
        return this.#tableOperator()
      case 16:
        return [...this.value("i32", depth - 1), { op: "call_host" }]
      case 17:
        return this.#severalResults(depth)
      case 0:
        return this.locals.length > 0 ? this.#setLocal(depth) : [{ op: "nop" }]
      case 1: {
        const index = random.below(this.globals.length)
        return [
          ...this.value(this.globals[index]?.type ?? "i32", depth - 1),
          { op: "global.set", index },
        ]
      }
      case 2: {
        const type = random.pick(this.types)
        const [name, opcode] = random.pick(stores[type])
        return [
          ...this.address(depth),
          ...this.value(type, depth - 1),
          { op: "access", name, opcode, offset: random.below(64) },
        ]
      }
      case 3:
      case 4:
        return [
          {
            op: "block",
            type: undefined,
            body: this.inside(undefined, () => this.statements(depth - 1)),
          },
        ]
      case 5:
      case 6:
        return [
          {
            op: "loop",
            type: undefined,
            body: this.inside(undefined, () => this.#loopBody(depth)),
          },
        ]
      case 7:
        return this.choice(undefined, depth)
      case 8:
        return this.#branch(depth)
      case 9:
        return [...this.value(random.pick(this.types), depth - 1), { op: "drop" }]
      case 10: {
        const [name, second] = random.pick([
          ["memory.fill", 255],
          ["memory.copy", 60_000],
          ...(this.isRich ? ([["memory.init", 6]] as const) : []),
        ] as const)
        return [
          ...this.address(depth),
          ...this.small(second),
          ...this.small(random.chance(0.05) ? 100_000 : 40),
          { op: name },
        ]
      }
      case 11:
        return random.chance(0.2)
          ? [...this.small(random.pick([0, 1, 2, 3000])), { op: "memory.grow" }, { op: "drop" }]
          : [{ op: "nop" }]
      case 12:
        return random.chance(0.15) ? this.#leave(depth) : [{ op: "nop" }]
      default:
        return this.call(undefined, depth)
    }
  }

  #setLocal(depth: number): Node[] {
    const index = this.random.below(this.locals.length)
    return [...this.value(this.locals[index] ?? "i32", depth - 1), { op: "local.set", index }]
  }

  /** Most loops branch back now and then; some are never branched to. */
  #loopBody(depth: number): Node[] {
    const body = this.statements(depth - 1)
    if (this.random.chance(0.7))
      body.push(...this.value("i32", depth - 1), { op: "br_if", depth: 0 })
    return body
  }

  /** To a label that takes nothing. */
  #branch(depth: number): Node[] {
    const free = this.labels.flatMap((type, label) => (type === undefined ? [label] : []))
    if (free.length === 0) return [{ op: "nop" }]
    const random = this.random
    switch (random.below(3)) {
      case 0:
        return [...this.value("i32", depth - 1), { op: "br_if", depth: random.pick(free) }]
      case 1:
        return [
          ...this.value("i32", depth - 1),
          {
            op: "br_table",
            depths: [random.pick(free), ...random.list(3, () => random.pick(free))],
          },
          ...this.statements(depth - 1),
        ]
      default:
        return [{ op: "br", depth: random.pick(free) }, ...this.statements(depth - 1)]
    }
  }

  #leave(depth: number): Node[] {
    if (this.random.chance(0.5)) return [{ op: "unreachable" }, ...this.statements(depth - 1)]
    const values = this.results.flatMap((result) => this.value(result, depth - 1))
    return [...values, { op: "return" }, ...this.statements(depth - 1)]
  }

  /** To a function of the same results, if there is one. */
  #tailCall(depth: number): Node[] {
    const wanted = this.results.join()
    const alike = this.functions.flatMap(({ results }, index) =>
      results.join() === wanted ? [index] : [],
    )
    return this.callOf(this.random.pick(alike), depth, "return_call")
  }

  #tableOperator(): Node[] {
    const random = this.random
    const reference = (): Node =>
      random.chance(0.3)
        ? { op: "ref.null" }
        : { op: "ref.func", index: this.functions.length - 1 - random.below(LEAVES) }
    switch (random.below(5)) {
      case 0:
        return [...this.small(4), reference(), ...this.small(4), { op: "table.fill" }]
      case 1:
        return [...this.small(4), ...this.small(4), ...this.small(3), { op: "table.copy" }]
      case 2:
        return [...this.small(4), ...this.small(2), ...this.small(2), { op: "table.init" }]
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
    const random = this.random
    const type = [random.pick(this.types), random.pick(this.types)]
    const values = () => type.flatMap((one) => this.value(one, depth - 2))
    const leave = (): Node[] =>
      random.chance(0.5) ? [...this.value("i32", depth - 2), { op: "br_if", depth: 0 }] : []
    const block = () =>
      this.inside(type, () => [...this.statements(depth - 2), ...values(), ...leave()])
    const drops: Node[] = [{ op: "drop" }, { op: "drop" }]
    if (random.chance(0.5)) return [{ op: "block", type, body: block() }, ...drops]
    const condition = this.value("i32", depth - 2)
    return [...condition, { op: "if", type, body: block(), otherwise: block() }, ...drops]
  }
}
