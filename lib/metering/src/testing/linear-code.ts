/** A function as a list of operators, with what the two price lists say of it, worked out the slow way. */
import { type FunctionTree, type Node, type Type } from "./tree.ts"

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
  /** Units of an operator that pays by size; undefined where it cannot succeed, and is let pass. */
  bySize: (name: string, size: number) => number | undefined
  /** What a simple loop may pay before it settles. */
  mostUnsettled: number
  /**
   * Whether each charge is taken and checked at once. Otherwise it is taken from what others can see, settled, and checked, only where
   * `docs/fuel.md` says.
   */
  isStrict: boolean
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

export const bulk = [
  "memory.grow",
  "memory.fill",
  "memory.copy",
  "memory.init",
  "table.grow",
  "table.fill",
  "table.copy",
  "table.init",
]
const leaving = ["br", "br_table", "return", "unreachable", "return_call", "return_call_indirect"]

/** Whether the function calls others, in code that can be reached or not. */
export function callsOthers(code: readonly Step[]): boolean {
  return code.some(isCall)
}

function isCall({ name }: Step): boolean {
  return name.includes("call")
}

/** Operators before which a guest's counter is settled. */
export function isSettledBefore(step: Step): boolean {
  const { name, node, labels } = step
  if (isCall(step) || bulk.includes(name)) return true
  if (name === "return" || name === "unreachable") return true
  return depthsOf(node).some((depth) => labels[depth] === -1)
}

function depthsOf(node: Node | undefined): readonly number[] {
  if (node === undefined) return []
  return "depths" in node ? node.depths : "depth" in node ? [node.depth] : []
}

/** Which steps cannot be reached, as far as the order of operators shows. */
export function findDead(code: readonly Step[]): boolean[] {
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

export interface Charges {
  /** Units by the step at which the range begins. */
  units: Map<number, number>
  /** The first steps of loops that some branch aims at. */
  turns: Set<number>
  /** Of these, what the simple ones begin with. */
  simple: Set<number>
}

export function findCharges(code: readonly Step[], prices: Prices): Charges {
  const targeted = new Set<number>()
  for (const { node, labels } of code) {
    for (const depth of depthsOf(node)) targeted.add(labels[depth] ?? -1)
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
  const units = new Map<number, number>()
  const turns = new Set<number>()
  let range = 0
  code.forEach((step, index) => {
    if (starts.has(index)) range = index
    if (dead[index] === true) return
    // A loop that is branched to is paid with its body, on every turn.
    const isTurn = isTargetedLoop(step)
    if (isTurn) turns.add(index + 1)
    const place = isTurn ? index + 1 : range
    units.set(place, (units.get(place) ?? 0) + prices.units(step))
  })
  const simple = new Set([...turns].filter((first) => isSimple(code, code[first - 1] as Step)))
  return { units, turns, simple }
}

/** A loop that takes no operands, and has neither blocks nor calls in it. */
function isSimple(code: readonly Step[], { opens, end }: Step): boolean {
  const inside = code.slice(opens + 1, end)
  return !inside.some((step) => step.opens >= 0 || isCall(step))
}
