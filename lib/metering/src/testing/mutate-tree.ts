/** Changes a generated module where its structure is: what comes out is often valid, and never what a compiler writes. */
import type { Random } from "./random.ts"
import type { FunctionTree, ModuleTree, Node } from "./tree.ts"

/** In place. */
export function mutateTree(tree: ModuleTree, random: Random): void {
  for (let change = 0; change <= random.below(4); change += 1) {
    const target = random.pick(tree.functions)
    const list = pickList(target.body, random)
    switch (random.below(9)) {
      case 0:
        list.splice(random.below(list.length + 1), 0, ...pieceOf(tree, random))
        break
      case 1:
        list.splice(random.below(list.length + 1), random.below(3))
        break
      case 2:
        wrap(list, random, random.chance(0.1) ? 1 + random.below(300) : 1)
        break
      case 3:
        list.splice(random.below(list.length + 1), 0, ...endless(tree, random))
        break
      case 4:
        declare(target, random)
        break
      case 5:
        tree.table = tree.table.map(() => random.below(tree.functions.length))
        break
      default:
        changeImmediate(list, tree, random)
    }
  }
}

function pickList(body: Node[], random: Random): Node[] {
  const inner = body.flatMap((node) => {
    if (!("body" in node)) return []
    return node.op === "if" && node.otherwise ? [node.body, node.otherwise] : [node.body]
  })
  return inner.length === 0 || random.chance(0.4) ? body : pickList(random.pick(inner), random)
}

/** A few operators from anywhere. */
function pieceOf({ functions }: ModuleTree, random: Random): Node[] {
  const list = pickList(random.pick(functions).body, random)
  const from = random.below(list.length + 1)
  return structuredClone(list.slice(from, from + 1 + random.below(6)))
}

function wrap(list: Node[], random: Random, times: number) {
  const from = random.below(list.length + 1)
  let inner = list.splice(from, random.below(list.length - from + 1))
  for (let depth = 0; depth < times; depth += 1) {
    const op = random.pick(["block", "loop"] as const)
    inner = [{ op, type: undefined, body: inner }]
  }
  list.splice(from, 0, ...inner)
}

/** What must end because it is paid for. */
function endless({ functions }: ModuleTree, random: Random): Node[] {
  const zero = { op: "const", type: "i32", bits: 0n } as const
  const index = random.below(functions.length)
  const loop = (...body: Node[]): Node[] => [{ op: "loop", type: undefined, body }]
  return random.pick([
    () => loop({ op: "br", depth: 0 }),
    () => loop(zero, { op: "br_table", depths: [0, 0] }),
    () => loop({ op: "block", type: undefined, body: [{ op: "br", depth: 1 }] }),
    () => loop(...loop({ op: "br", depth: 1 })),
    () => loop({ ...zero, bits: 1n }, { op: "br_if", depth: 0 }),
    () => [{ op: "call", index } as const],
    () => [zero, { op: "call_indirect", type: index } as const],
    () => [{ op: "return_call", index } as const],
    () => [zero, { op: "return_call_indirect", type: index } as const],
    () => loop(zero, zero, zero, { op: "memory.fill" }, { op: "br", depth: 0 }),
    () => loop({ op: "nop" }, { op: "br", depth: 0 }, { op: "unreachable" }),
  ])()
}

function declare(target: FunctionTree, random: Random) {
  const type = random.pick(["i32", "i64", "f32", "f64"] as const)
  const count = random.chance(0.01) ? 49_000 : random.pick([1, 64, 300])
  target.locals.push(...Array.from({ length: count }, () => type))
}

function changeImmediate(list: Node[], tree: ModuleTree, random: Random) {
  const node = list[random.below(list.length)]
  if (node === undefined) return
  const near = (value: number) => Math.max(0, value + random.pick([-1, 1, 2, 100, -value]))
  if ("depth" in node) node.depth = near(node.depth)
  else if ("depths" in node) node.depths = node.depths.map(near)
  else if ("index" in node) node.index = random.below(tree.functions.length + 2)
  else if ("offset" in node) node.offset = random.pick([0, 65_535, 65_536, 0x7fff_ffff])
  else if (node.op === "const") node.bits = random.bits(node.type)
  else if (node.op === "call_indirect") node.type = random.below(tree.functions.length)
}
