/** How high a guest's operand stack gets, as the specification's validation algorithm sees it (appendix A.3), dead code included. */
import type { Known, Step } from "./linear-code.ts"
import { operators } from "./numeric.ts"
import { type FunctionTree, type Node, resultsOf } from "./tree.ts"
import { vectorOperators } from "./vector-numeric.ts"

const leaving = ["br", "br_table", "return", "unreachable", "return_call", "return_call_indirect"]

export function operandHeight(tree: FunctionTree, code: readonly Step[], known: Known): number {
  let height = 0
  let most = 0
  /** Operands below each open block. */
  const floors = [0]
  const take = (count: number) => {
    // Where nothing is left, in dead code, there is whatever is asked for.
    height = Math.max(floors.at(-1) ?? 0, height - count)
  }
  const give = (count: number) => {
    height += count
    most = Math.max(most, height)
  }
  for (const { name, node, opens, labels } of code) {
    const opened = code[opens]?.node
    if (name === "else") height = floors.at(-1) ?? 0
    else if (name === "end") {
      height = floors.pop() ?? 0
      if (opened !== undefined && "body" in opened) give(resultsOf(opened.type).length)
    } else if (opens >= 0) {
      if (name === "if") take(1)
      floors.push(height)
    } else if (node !== undefined) {
      const [takes, gives] = effectOf(node, tree, known, arity(node, code, labels, tree))
      take(takes)
      give(gives)
      if (leaving.includes(name)) height = floors.at(-1) ?? 0
    }
  }
  return most
}

/** How many values a branch carries. */
function arity(
  node: Node,
  code: readonly Step[],
  labels: readonly number[],
  tree: FunctionTree,
): number {
  if (!("depth" in node)) return 0
  const target = code[labels[node.depth] ?? -1]
  if (target === undefined) return tree.results.length
  if (target.name === "loop" || target.node === undefined) return 0
  return "body" in target.node ? resultsOf(target.node.type).length : 0
}

function effectOf(
  node: Node,
  tree: FunctionTree,
  { functions }: Known,
  carried: number,
): readonly [takes: number, gives: number] {
  switch (node.op) {
    case "plain":
      return [(operators.get(node.name) ?? vectorOperators.get(node.name))?.takes.length ?? 0, 1]
    case "access":
      return node.name.includes("store") ? [2, 0] : [1, 1]
    case "const":
    case "local.get":
    case "global.get":
    case "memory.size":
    case "table.size":
    case "ref.null":
    case "ref.func":
      return [0, 1]
    case "local.tee":
    case "memory.grow":
      return [1, 1]
    case "local.set":
    case "global.set":
    case "drop":
    case "call_host":
    case "br_table":
      return [1, 0]
    case "br_if":
      return [1 + carried, carried]
    case "br":
      return [carried, 0]
    case "return":
      return [tree.results.length, 0]
    case "select":
      return [3, 1]
    case "table.grow":
      return [2, 1]
    case "memory.fill":
    case "memory.copy":
    case "memory.init":
    case "table.fill":
    case "table.copy":
    case "table.init":
      return [3, 0]
    case "call":
    case "return_call":
    case "call_indirect":
    case "return_call_indirect": {
      const callee = functions["index" in node ? node.index : node.type]
      const operands = (callee?.params.length ?? 0) + ("index" in node ? 0 : 1)
      return [operands, node.op.startsWith("return") ? 0 : (callee?.results.length ?? 0)]
    }
    case "nop":
    case "unreachable":
    case "block":
    case "loop":
    case "if":
      return [0, 0]
  }
}
