/** Valid modules at random, from a seed. */
import { BodyMaker } from "./body-maker.ts"
import { allTypes, scalars } from "./operator-choices.ts"
import { createRandom, type Random } from "./random.ts"
import type { FunctionTree, ModuleTree, Type } from "./tree.ts"
import { LEAVES } from "./value-maker.ts"

const FUNCTIONS = 6

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
    shape.body = new BodyMaker({ random, functions: shapes, globals, isRich }, index).make()
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
