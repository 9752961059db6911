/** A slow and obvious interpreter of module trees that counts what its two price lists say. */
import { findCharges, flatten, type Prices, type Step } from "./linear-code.ts"
import { operators, Trap } from "./numeric.ts"
import type { FunctionTree, ModuleTree, Node } from "./tree.ts"

const PAGE = 65_536

class OutOfFuel extends Error {}
class OutOfStack extends Error {}

export interface Run {
  outcome: "value" | "trap" | "out of fuel" | "out of stack"
  value: bigint | undefined
  /** Units that were charged, the charge that did not fit among them. */
  charged: number
  /** Units of the operators that ran, each counted when it did. */
  executed: number
  memory: Uint8Array
  globals: bigint[]
}

export interface Given {
  fuel: number
  stack: number
  maxPages: number
  initialPages: number
}

interface Prepared {
  tree: FunctionTree
  code: Step[]
  charges: Map<number, number>
  entry: number
  stack: number
}

export function interpret(module: ModuleTree, prices: Prices, given: Given): Run {
  const functions = module.functions.map((tree): Prepared => {
    const code = flatten(tree)
    const charges = findCharges(code, prices)
    return {
      tree,
      code,
      charges,
      entry: prices.entry(tree),
      stack: prices.stack(tree, code, module),
    }
  })
  const memory = memoryOf(given.maxPages)
  memory.set(module.data)
  const machine = {
    module,
    functions,
    prices,
    memory,
    pages: given.initialPages,
    maxPages: given.maxPages,
    globals: module.globals.map(({ bits }) => bits),
    charged: 0,
    executed: 0,
    fuel: given.fuel,
    stack: given.stack,
  }
  let outcome: Run["outcome"] = "value"
  let value: bigint | undefined
  try {
    value = call(machine, module.exported, [])[0]
  } catch (error) {
    if (error instanceof Trap) outcome = "trap"
    else if (error instanceof OutOfFuel) outcome = "out of fuel"
    else if (error instanceof OutOfStack) outcome = "out of stack"
    else throw error
  }
  const { charged, executed, globals } = machine
  return {
    outcome,
    value,
    charged,
    executed,
    memory: memory.subarray(0, machine.pages * PAGE),
    globals,
  }
}

const memories = new Map<number, Uint8Array>()

/** The same one again, since making one of 128 MiB takes longer than the run; programs write to its first few pages. */
function memoryOf(pages: number): Uint8Array {
  const memory = memories.get(pages) ?? new Uint8Array(pages * PAGE)
  memories.set(pages, memory)
  return memory.fill(0, 0, 16 * PAGE)
}

interface Machine {
  module: ModuleTree
  functions: Prepared[]
  prices: Prices
  memory: Uint8Array
  pages: number
  maxPages: number
  globals: bigint[]
  charged: number
  executed: number
  fuel: number
  stack: number
}

function pay(machine: Machine, units: number) {
  machine.charged += units
  if (machine.charged > machine.fuel) throw new OutOfFuel()
}

function call(machine: Machine, index: number, args: bigint[]): bigint[] {
  const { tree, code, charges, entry, stack: frame } = machine.functions[index] as Prepared
  machine.stack -= frame
  if (machine.stack < 0) throw new OutOfStack()
  pay(machine, entry)
  machine.executed += entry
  const locals = [...args, ...tree.locals.map(() => 0n)]
  const stack: bigint[] = []
  /** Of each open block: the step that opened it, and the height of the stack below it. */
  const blocks: { opened: number; height: number }[] = []
  let at = 0
  const leave = () => {
    machine.stack += frame
    return stack.slice(stack.length - tree.results.length)
  }
  while (at < code.length) {
    const charge = charges.get(at)
    if (charge !== undefined && charge > 0) pay(machine, charge)
    const step = code[at] as Step
    machine.executed += machine.prices.units(step)
    const depth = act(machine, step, stack, locals)
    if (depth === "return") return leave()
    if (depth !== undefined) {
      const target = code[step.labels[depth] ?? -1]
      if (target === undefined) return leave()
      while (blocks.at(-1)?.opened !== target.opens) blocks.pop()
      const { height } = blocks.at(-1) ?? { height: 0 }
      if (target.name === "loop") {
        stack.length = height
        machine.executed += machine.prices.units(target)
        at = target.opens + 1
      } else {
        const carried =
          (target.node as { type?: string }).type === undefined ? [] : stack.splice(-1)
        stack.length = height
        stack.push(...carried)
        blocks.pop()
        at = target.end + 1
      }
      continue
    }
    if (step.name === "end") blocks.pop()
    if (step.name === "else") {
      // Reached from above: the first arm is over.
      blocks.pop()
      at = (code[step.opens] as Step).end + 1
      continue
    }
    if (step.opens === at) {
      const taken = step.name !== "if" || stack.pop() !== 0n
      if (taken || step.otherwise >= 0) blocks.push({ opened: at, height: stack.length })
      if (!taken) {
        at = (step.otherwise >= 0 ? step.otherwise : step.end) + 1
        continue
      }
    }
    at += 1
  }
  return leave()
}

/** Does what one operator does; gives the depth of a branch that is taken. */
function act(
  machine: Machine,
  { name, node }: Step,
  stack: bigint[],
  locals: bigint[],
): number | "return" | undefined {
  const pop = () => stack.pop() as bigint
  if (node === undefined) return undefined
  switch (node.op) {
    case "unreachable":
      throw new Trap("unreachable")
    case "return":
      return "return"
    case "br":
      return node.depth
    case "br_if":
      return pop() !== 0n ? node.depth : undefined
    case "br_table": {
      const index = Number(pop())
      return node.depths[Math.min(index, node.depths.length - 1)]
    }
    case "drop":
      pop()
      return undefined
    case "select": {
      const [first, second, condition] = stack.splice(-3) as [bigint, bigint, bigint]
      stack.push(condition !== 0n ? first : second)
      return undefined
    }
    case "const":
      stack.push(node.bits)
      return undefined
    case "local.get":
      stack.push(locals[node.index] as bigint)
      return undefined
    case "local.set":
    case "local.tee":
      locals[node.index] = node.op === "local.tee" ? (stack.at(-1) as bigint) : pop()
      return undefined
    case "global.get":
      stack.push(machine.globals[node.index] as bigint)
      return undefined
    case "global.set":
      machine.globals[node.index] = pop()
      return undefined
    case "call":
    case "call_indirect": {
      let index = "index" in node ? node.index : 0
      if (node.op === "call_indirect") {
        const place = Number(pop())
        const found = machine.module.table[place]
        if (found === undefined) throw new Trap("table index is out of bounds")
        if (!sameType(machine, found, node.type))
          throw new Trap("null function or function signature mismatch")
        index = found
      }
      const count = (machine.functions[index] as Prepared).tree.params.length
      stack.push(...call(machine, index, stack.splice(stack.length - count, count)))
      return undefined
    }
    case "plain": {
      const operator = operators.get(name)
      if (operator === undefined) throw new Error(`no operator ${name}`)
      const count = operator.takes.length
      stack.push(operator.run(...stack.splice(stack.length - count, count)))
      return undefined
    }
    case "access":
      access(machine, node, stack)
      return undefined
    case "memory.size":
      stack.push(BigInt(machine.pages))
      return undefined
    case "memory.grow":
      grow(machine, stack)
      return undefined
    case "memory.fill":
    case "memory.copy":
      moveBytes(machine, node.op, stack)
      return undefined
    case "nop":
    case "block":
    case "loop":
    case "if":
      return undefined
  }
}

function sameType({ functions }: Machine, one: number, other: number): boolean {
  const text = (index: number) =>
    JSON.stringify([functions[index]?.tree.params, functions[index]?.tree.results])
  return text(one) === text(other)
}

function access({ memory, pages }: Machine, node: Node & { op: "access" }, stack: bigint[]) {
  const [, type = "", kind = "", narrow, sign] =
    /^(...)\.(load|store)(\d+)?_?([su])?$/.exec(node.name) ?? []
  const bits = narrow === undefined ? Number(type.slice(1)) : Number(narrow)
  const value = kind === "store" ? (stack.pop() as bigint) : 0n
  const from = Number(stack.pop()) + node.offset
  if (from + bits / 8 > pages * PAGE) throw new Trap("memory access out of bounds")
  if (kind === "store") {
    for (let index = 0; index < bits / 8; index += 1) {
      memory[from + index] = Number((value >> BigInt(8 * index)) & 255n)
    }
    return
  }
  let loaded = 0n
  for (let index = bits / 8 - 1; index >= 0; index -= 1)
    loaded = loaded * 256n + BigInt(memory[from + index] ?? 0)
  if (sign === "s") loaded = BigInt.asUintN(Number(type.slice(1)), BigInt.asIntN(bits, loaded))
  stack.push(loaded)
}

function grow(machine: Machine, stack: bigint[]) {
  const pages = Number(stack.pop())
  const units = machine.prices.bySize("memory.grow", pages)
  machine.executed += units
  pay(machine, units)
  const fits = machine.pages + pages <= machine.maxPages
  stack.push(fits ? BigInt(machine.pages) : 0xffff_ffffn)
  if (fits) machine.pages += pages
}

function moveBytes(machine: Machine, name: "memory.fill" | "memory.copy", stack: bigint[]) {
  const [to, second, size] = stack.splice(-3).map(Number) as [number, number, number]
  const units = machine.prices.bySize(name, size)
  machine.executed += units
  pay(machine, units)
  const { memory, pages } = machine
  const from = name === "memory.copy" ? second : 0
  if (Math.max(to, from) + size > pages * PAGE) throw new Trap("memory access out of bounds")
  if (name === "memory.fill") memory.fill(second, to, to + size)
  else memory.copyWithin(to, from, from + size)
}
