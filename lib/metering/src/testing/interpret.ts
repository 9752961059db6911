/** A slow and obvious interpreter of module trees that counts what its two price lists say. */
import { actBySize, type Store } from "./interpret-bulk.ts"
import {
  type Charges,
  findCharges,
  flatten,
  isSettledBefore,
  type Prices,
  type Step,
} from "./linear-code.ts"
import { operators, Trap } from "./numeric.ts"
import { OutOfFuel, Purse } from "./purse.ts"
import { type FunctionTree, leavesOf, type ModuleTree, type Node, resultsOf } from "./tree.ts"
import { vectorOperators } from "./vector-numeric.ts"

const PAGE = 65_536

class OutOfStack extends Error {}

export interface Run {
  outcome: "value" | "trap" | "out of fuel" | "out of stack"
  value: bigint | undefined
  /** Units that were settled, a charge that did not fit among them. */
  charged: number
  /** Units of the operators that ran, each counted when it did. */
  executed: number
  stackLeft: number
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
  charges: Charges
  entry: number
  stack: number
}

/** What the host takes when it is called with a number. */
export function hostUnits(value: number): number {
  return 20 + (value & 63)
}

export function interpret(module: ModuleTree, prices: Prices, given: Given): Run {
  const functions = module.functions.map((tree): Prepared => {
    const code = flatten(tree)
    const stack = prices.stack(tree, code, module)
    const charges = findCharges(code, prices)
    return { tree, code, charges, entry: prices.entry(tree), stack }
  })
  const memory = memoryOf(given.maxPages)
  memory.set(module.data)
  const reference = (index: number) => BigInt(index + 1)
  const machine: Machine = {
    module,
    functions,
    prices,
    memory,
    pages: given.initialPages,
    maxPages: given.maxPages,
    table: module.table.map(reference),
    elements: leavesOf(module).map(reference),
    globals: module.globals.map(({ bits }) => bits),
    purse: new Purse(given.fuel, prices.isStrict),
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
  const { purse, globals } = machine
  // Fuel is looked at before all else, and once more when the guest has returned.
  if (purse.isSpent) {
    outcome = "out of fuel"
    value = undefined
  }
  return {
    outcome,
    value,
    charged: purse.settled,
    executed: purse.executed,
    stackLeft: machine.stack,
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

interface Machine extends Store {
  module: ModuleTree
  functions: Prepared[]
  prices: Prices
  globals: bigint[]
  purse: Purse
  stack: number
}

/** A call that takes the caller's place. */
interface TailCall {
  index: number
  args: bigint[]
}

function call(machine: Machine, index: number, args: bigint[]): bigint[] {
  let ending: bigint[] | TailCall = { index, args }
  while (!Array.isArray(ending)) ending = runFunction(machine, ending.index, ending.args)
  return ending
}

/** Pays the entry and takes the stack; a guest pays its first range first. */
function enter(machine: Machine, { entry, charges, stack }: Prepared) {
  const { purse, prices } = machine
  purse.executed += entry
  if (prices.isStrict) {
    machine.stack -= stack
    if (machine.stack < 0) throw new OutOfStack()
    return purse.pay(entry)
  }
  purse.pay(entry + (charges.units.get(0) ?? 0))
  machine.stack -= stack
  // What takes no stack does not look.
  if (stack === 0 || (machine.stack >= 0 && !purse.isOverdrawn)) return
  purse.check()
  throw new OutOfStack()
}

function runFunction(machine: Machine, index: number, args: bigint[]): bigint[] | TailCall {
  const prepared = machine.functions[index] as Prepared
  const { tree, code, charges, stack: frame } = prepared
  const { purse, prices } = machine
  enter(machine, prepared)
  const locals = [...args, ...tree.locals.map(() => 0n)]
  const stack: bigint[] = []
  /** Of each open block: the step that opened it, and the height of the stack below it. */
  const blocks: { opened: number; height: number }[] = []
  /** Of the simple loop that runs: what had been paid when it began, or was last settled. */
  let mark: number | undefined
  let at = 0
  const leave = () => {
    purse.settle()
    machine.stack += frame
    return stack.slice(stack.length - tree.results.length)
  }
  while (at < code.length) {
    const charge = charges.units.get(at) ?? 0
    if (at > 0 || prices.isStrict) purse.pay(charge)
    if (charges.simple.has(at)) {
      mark ??= purse.paid
      if (purse.paid - mark > prices.mostUnsettled) {
        purse.check()
        mark = purse.paid
      }
    } else if (charges.turns.has(at)) purse.check()
    const step = code[at] as Step
    if (step.name === "loop") mark = undefined
    purse.executed += prices.units(step)
    if (isSettledBefore(step)) purse.settle()
    // Given back before the call is looked at, which may be of a function that is not there.
    if (step.name.startsWith("return_call")) machine.stack += frame
    const next = act(machine, step, stack, locals)
    if (next === "return") return leave()
    if (typeof next === "object") return next
    if (next !== undefined) {
      const target = code[step.labels[next] ?? -1]
      if (target === undefined) return leave()
      while (blocks.at(-1)?.opened !== target.opens) blocks.pop()
      const { height } = blocks.at(-1) ?? { height: 0 }
      if (target.name === "loop") {
        stack.length = height
        purse.executed += prices.units(target)
        at = target.opens + 1
      } else {
        const type =
          target.node !== undefined && "body" in target.node ? target.node.type : undefined
        const count = resultsOf(type).length
        const carried = stack.splice(stack.length - count, count)
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
): number | "return" | TailCall | undefined {
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
    case "call_indirect":
    case "return_call":
    case "return_call_indirect": {
      const index = "index" in node ? node.index : indirect(machine, Number(pop()), node.type)
      const count = (machine.functions[index] as Prepared).tree.params.length
      const args = stack.splice(stack.length - count, count)
      if (node.op.startsWith("return")) return { index, args }
      stack.push(...call(machine, index, args))
      return undefined
    }
    case "call_host":
      machine.purse.payNow(hostUnits(Number(pop())))
      return undefined
    case "plain": {
      const vector = vectorOperators.get(name)
      const operator = vector ?? operators.get(name)
      if (operator === undefined) throw new Error(`no operator ${name}`)
      const count = operator.takes.length
      const operands = stack.splice(stack.length - count, count)
      stack.push(
        vector ? vector.runAt(node.immediates ?? [], ...operands) : operator.run(...operands),
      )
      return undefined
    }
    case "access":
      access(machine, node, stack)
      return undefined
    case "memory.size":
      stack.push(BigInt(machine.pages))
      return undefined
    case "table.size":
      stack.push(BigInt(machine.table.length))
      return undefined
    case "ref.null":
      stack.push(0n)
      return undefined
    case "ref.func":
      stack.push(BigInt(node.index + 1))
      return undefined
    case "nop":
    case "block":
    case "loop":
    case "if":
      return undefined
    case "memory.copy":
    case "memory.fill":
    case "memory.grow":
    case "memory.init":
    case "table.copy":
    case "table.fill":
    case "table.grow":
    case "table.init":
      actBySize(machine, machine.prices, machine.purse, name, stack)
      return undefined
  }
}

/** The function that a table's element names, which must have the type. */
function indirect(machine: Machine, place: number, type: number): number {
  const found = machine.table[place]
  if (found === undefined) throw new Trap("table index is out of bounds")
  const index = Number(found) - 1
  if (index < 0 || !sameType(machine, index, type))
    throw new Trap("null function or function signature mismatch")
  return index
}

function sameType({ functions }: Machine, one: number, other: number): boolean {
  const text = (index: number) =>
    JSON.stringify([functions[index]?.tree.params, functions[index]?.tree.results])
  return text(one) === text(other)
}

function access({ memory, pages }: Machine, node: Node & { op: "access" }, stack: bigint[]) {
  const [, type = "", kind = "", narrow, sign] =
    /^(i32|i64|f32|f64|v128)\.(load|store)(\d+)?_?([su])?$/.exec(node.name) ?? []
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
