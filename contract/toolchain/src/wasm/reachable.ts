import { readU32 } from "./bytes.ts"
import { instructions } from "./instructions.ts"

const callOperator = 0x10

/** The functions that `root` or the table can reach, by index. Every index of a function is a number in `bodies` plus `imported`. */
export function reachableFunctions(
  bodies: readonly Uint8Array[],
  imported: number,
  elements: Uint8Array,
  root: number,
): Set<number> {
  const reached = new Set<number>()
  const waiting = [root, ...tableFunctions(elements)]
  for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
    if (reached.has(index)) continue
    reached.add(index)
    const body = bodies[index - imported]
    if (!body) continue
    for (const { opcode, index: called } of instructions(body))
      if (opcode === callOperator) waiting.push(called)
  }
  return reached
}

/** What active segments of function indices hold: the only kind that clang makes here. */
function tableFunctions(section: Uint8Array): number[] {
  const functions: number[] = []
  let { value: segments, next: at } = readU32(section, 0)
  for (; segments > 0; segments -= 1) {
    if (section[at] !== 0 || section[at + 1] !== 0x41)
      throw new Error("an element segment of another kind")
    const offset = readU32(section, at + 2)
    let { value: count, next } = readU32(section, offset.next + 1)
    for (; count > 0; count -= 1) {
      const index = readU32(section, next)
      functions.push(index.value)
      next = index.next
    }
    at = next
  }
  return functions
}
