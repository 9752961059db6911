/** A function as a list of operators, with what the two price lists say of it, worked out the slow way. */
import { operators } from "./numeric.ts"
import type { FunctionTree, Node, Type } from "./tree.ts"

export interface Step {
  name: string
  /** Absent for `else` and `end`. */
  node: Node | undefined
  /** The step that opened the block that this one opens, divides or ends. */
  opens: number
  /** Of a block's first step: where its `else` and its `end` are. */
  otherwise: number
  end: number
  /** Where each label that is in scope here was opened, innermost first; -1 is the function. */
  labels: number[]
}

export interface Prices {
  /** Units of an operator, but for what it pays by size. */
  units: (step: Step) => number
  /** A range ends behind the operator. */
  ends: (step: Step) => boolean
  /** Units on entry. */
  entry: (tree: FunctionTree) => number
  /** Units of `memory.grow`, `memory.fill` or `memory.copy` of a size. */
  bySize: (name: string, size: number) => number
  /** Bytes of stack. */
  stack: (tree: FunctionTree, code: readonly Step[], known: Known) => number
}

/** What a step may refer to. */
export interface Known {
  functions: readonly FunctionTree[]
  globals: readonly { type: Type }[]
}

export function flatten({ body }: FunctionTree): Step[] {
  const steps: Step[] = []
  const add = (name: string, node: Node | undefined, labels: number[]) =>
    steps.push({ name, node, opens: -1, otherwise: -1, end: -1, labels }) - 1
  const walk = (nodes: readonly Node[], labels: number[]) => {
    for (const node of nodes) {
      const first = add("name" in node ? node.name : node.op, node, labels)
      if (!("body" in node)) continue
      const start = steps[first] as Step
      start.opens = first
      walk(node.body, [first, ...labels])
      if (node.op === "if" && node.otherwise !== undefined) {
        start.otherwise = add("else", undefined, labels)
        walk(node.otherwise, [first, ...labels])
      }
      start.end = add("end", undefined, labels)
      for (const place of [start.otherwise, start.end]) {
        if (place >= 0) (steps[place] as Step).opens = first
      }
    }
  }
  walk(body, [-1])
  add("end", undefined, [])
  return steps
}

const leaving = ["br", "br_table", "return", "unreachable"]

/** Which steps cannot be reached, as far as the order of operators shows. */
function findDead(code: readonly Step[]): boolean[] {
  const outer: boolean[] = []
  let dead = false
  return code.map(({ name, opens }) => {
    const here = dead
    if (name === "else") dead = outer.at(-1) ?? false
    else if (name === "end") dead = outer.pop() ?? false
    else if (opens >= 0) outer.push(dead)
    else if (leaving.includes(name)) dead = true
    return here
  })
}

/** What is paid where: units by the step at which the range begins. */
export function findCharges(code: readonly Step[], prices: Prices): Map<number, number> {
  const targeted = new Set<number>()
  for (const { node, labels } of code) {
    const depths =
      node === undefined ? [] : "depths" in node ? node.depths : "depth" in node ? [node.depth] : []
    for (const depth of depths) targeted.add(labels[depth] ?? -1)
  }
  const dead = findDead(code)
  const isTargetedLoop = (step: Step | undefined) =>
    step?.name === "loop" && targeted.has(step.opens)
  const starts = new Set([0])
  code.forEach((step, index) => {
    const opened = code[step.opens]
    const reachable = dead[index + 1] === false
    if (!reachable) return
    if (
      step.name === "else" ||
      isTargetedLoop(step) ||
      (dead[index] === false && prices.ends(step))
    )
      starts.add(index + 1)
    if (
      step.name === "end" &&
      (opened?.name === "if" || (opened?.name === "block" && targeted.has(step.opens)))
    ) {
      starts.add(index + 1)
    }
    if (step.name === "end" && dead[index] === true) starts.add(index + 1)
  })
  const charges = new Map<number, number>()
  let range = 0
  code.forEach((step, index) => {
    if (starts.has(index)) range = index
    if (dead[index] === true) return
    // A loop that is branched to is paid with its body, on every turn.
    const place = isTargetedLoop(step) ? index + 1 : range
    charges.set(place, (charges.get(place) ?? 0) + prices.units(step))
  })
  return charges
}

/** The largest sum of operand sizes, as finite-wasm counts. */
export function operandBytes(tree: FunctionTree, code: readonly Step[], known: Known): number {
  const { functions } = known
  const size = (type: Type) => (type === "i32" || type === "f32" ? 4 : 8)
  const types = [...tree.params, ...tree.locals]
  const dead = findDead(code)
  const heights: number[] = []
  let stack: number[] = []
  let most = 0
  code.forEach(({ name, node, opens }, index) => {
    const move = (takes: number, gives: readonly Type[]) => {
      stack = [...stack.slice(0, Math.max(0, stack.length - takes)), ...gives.map(size)]
      most = Math.max(most, sum(stack))
    }
    const isDead = dead[index] === true
    if (name === "else" || name === "end") {
      const height = name === "end" ? (heights.pop() ?? 0) : (heights.at(-1) ?? 0)
      const opened = code[opens]?.node
      const type = opened !== undefined && "body" in opened ? opened.type : tree.results[0]
      if (name === "end" && dead[index + 1] === true) return
      stack = stack.slice(0, height)
      if (name === "end" && type !== undefined) move(0, [type])
      return
    }
    if (name === "if" && !isDead) move(1, [])
    if (opens >= 0) heights.push(stack.length)
    if (isDead || node === undefined || opens >= 0) return
    const operator = operators.get(name)
    if (operator !== undefined) {
      if (isUnary(name)) return
      if (operator.takes.length === 2 && !isComparison(name)) return move(1, [])
      return move(operator.takes.length, [operator.gives])
    }
    switch (node.op) {
      case "access":
        return name.includes("store") ? move(2, []) : move(1, [name.slice(0, 3) as Type])
      case "const":
        return move(0, [node.type])
      case "local.get":
        return move(0, [types[node.index] as Type])
      case "global.get":
        return move(0, [known.globals[node.index]?.type as Type])
      case "local.set":
      case "global.set":
      case "drop":
      case "br_if":
        return move(1, [])
      case "select":
        return move(2, [])
      case "memory.size":
        return move(0, ["i32"])
      case "memory.fill":
      case "memory.copy":
        return move(3, [])
      case "call":
      case "call_indirect": {
        const callee = functions[node.op === "call" ? node.index : node.type] as FunctionTree
        return move(callee.params.length, callee.results)
      }
      case "plain":
      case "local.tee":
      case "memory.grow":
      case "nop":
      case "return":
      case "unreachable":
      case "br":
      case "br_table":
      case "block":
      case "loop":
      case "if":
        return
    }
  })
  return most
}

function isComparison(name: string): boolean {
  return /\.(eqz|eq|ne|lt|gt|le|ge)(_[su])?$/.test(name)
}

function isUnary(name: string): boolean {
  return /\.(clz|ctz|popcnt|abs|neg|sqrt|ceil|floor|trunc|nearest)$/.test(name)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
