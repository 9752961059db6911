/** Whether an account's id is what a pattern says: all ways at once, one character after the other. */
import { parseAccountPattern, type PatternNode, type Range } from "./account-pattern.ts"

/** A state that takes a character, one that is left at once for others, or the end. */
type State =
  | { kind: "take"; ranges: readonly Range[]; isNegated: boolean; next: number }
  | { kind: "fork"; targets: number[] }
  | { kind: "end" }

/** Throws `PatternError` for what is no pattern. */
export function matchesAccountPattern(pattern: string, accountId: string): boolean {
  const states: State[] = [{ kind: "end" }]
  let current = new Set<number>()
  enter(states, current, emit(states, parseAccountPattern(pattern), 0))
  for (let at = 0; at < accountId.length; at += 1) {
    const code = accountId.charCodeAt(at)
    const following = new Set<number>()
    for (const id of current) {
      const state = states[id]
      if (state?.kind === "take" && takes(state, code)) enter(states, following, state.next)
    }
    current = following
  }
  return current.has(0)
}

function takes({ ranges, isNegated }: State & { kind: "take" }, code: number): boolean {
  return ranges.some(([from, to]) => from <= code && code <= to) !== isNegated
}

/** Adds a state, and whatever can be reached from it without a character. */
function enter(states: readonly State[], reached: Set<number>, id: number): void {
  const waiting = [id]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (reached.has(next)) continue
    reached.add(next)
    const state = states[next]
    if (state?.kind === "fork") waiting.push(...state.targets)
  }
}

/** Appends the states that match `node` and go on at `next`; returns the one to begin with. */
function emit(states: State[], node: PatternNode, next: number): number {
  switch (node.kind) {
    case "class": {
      const { ranges, isNegated } = node
      return states.push({ kind: "take", ranges, isNegated, next }) - 1
    }
    case "sequence":
      return node.items.reduceRight((following, item) => emit(states, item, following), next)
    case "choice":
      return fork(
        states,
        node.items.map((item) => emit(states, item, next)),
      )
    case "repeat": {
      let following = next
      if (node.max === undefined) {
        const targets: number[] = [next]
        following = fork(states, targets)
        targets.push(emit(states, node.item, following))
      }
      for (let more = (node.max ?? node.min) - node.min; more > 0; more -= 1) {
        following = fork(states, [next, emit(states, node.item, following)])
      }
      for (let times = node.min; times > 0; times -= 1)
        following = emit(states, node.item, following)
      return following
    }
  }
}

function fork(states: State[], targets: number[]): number {
  return states.push({ kind: "fork", targets }) - 1
}
