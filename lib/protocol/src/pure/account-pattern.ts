/**
 * Patterns of account ids: regular expressions without back references and assertions, so that
 * matching takes time linear in the id. A pattern is the whole id's (`^` and `$` around it change
 * nothing), which unanchored ones in the public system were not.
 */
import { LIMITS } from "./constants.ts"

export type PatternNode =
  | { kind: "class"; ranges: readonly Range[]; isNegated: boolean }
  | { kind: "sequence"; items: readonly PatternNode[] }
  | { kind: "choice"; items: readonly PatternNode[] }
  /** Without `max`: any number of times. */
  | { kind: "repeat"; item: PatternNode; min: number; max: number | undefined }

/** First and last character code. */
export type Range = readonly [from: number, to: number]

export class PatternError extends Error {}

const DIGIT: Range = [0x30, 0x39]
const ESCAPES: Readonly<Record<string, readonly Range[]>> = {
  d: [DIGIT],
  w: [DIGIT, [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]],
}
/** What has a meaning of its own outside of a class, and what has one inside. */
const SPECIAL = "\\^$.|?*+()[]{}"
const SPECIAL_IN_CLASS = "\\]^-["
const MAX_GROUPS_DEEP = 16

/** Throws `PatternError`, which says what is wrong with the pattern and where. */
export function parseAccountPattern(pattern: string): PatternNode {
  if (pattern.length > LIMITS.accountPatternBytes) {
    throw new PatternError(`longer than ${LIMITS.accountPatternBytes} characters`)
  }
  if (!/^[\x21-\x7e]+$/.test(pattern)) {
    throw new PatternError("empty, or not of visible ASCII characters")
  }
  const hasStart = pattern.startsWith("^")
  const hasEnd = /(?:^|[^\\])(?:\\\\)*\$$/.test(pattern)
  const reader = createReader(pattern.slice(hasStart ? 1 : 0, hasEnd ? -1 : undefined), hasStart)
  const node = readChoice(reader, 0)
  if (reader.peek() !== "") reader.fail("no group to close")
  if (node.kind === "choice" && (hasStart || hasEnd)) {
    throw new PatternError("alternatives between ^ and $ need a group around them")
  }
  sizeOf(node)
  return node
}

interface Reader {
  /** The next character; empty at the end. */
  peek: () => string
  take: () => string
  /** Whether that was next; if so it is taken. */
  takeIf: (text: string) => boolean
  fail: (problem: string) => never
}

function createReader(text: string, isShifted: boolean): Reader {
  let at = 0
  const reader: Reader = {
    peek: () => text.charAt(at),
    take: () => text.charAt(at++) || reader.fail("unfinished"),
    takeIf(wanted) {
      if (!text.startsWith(wanted, at)) return false
      at += wanted.length
      return true
    },
    fail(problem) {
      throw new PatternError(`${problem}, at character ${at + (isShifted ? 2 : 1)}`)
    },
  }
  return reader
}

function readChoice(reader: Reader, depth: number): PatternNode {
  if (depth > MAX_GROUPS_DEEP) reader.fail(`groups more than ${MAX_GROUPS_DEEP} deep`)
  const items = [readSequence(reader, depth)]
  while (reader.takeIf("|")) items.push(readSequence(reader, depth))
  return onlyOr(items, { kind: "choice", items })
}

function readSequence(reader: Reader, depth: number): PatternNode {
  const items: PatternNode[] = []
  while (!["", "|", ")"].includes(reader.peek())) {
    items.push(readRepeat(reader, readAtom(reader, depth)))
  }
  if (items.length === 0) reader.fail("nothing to match")
  return onlyOr(items, { kind: "sequence", items })
}

function onlyOr(items: readonly PatternNode[], several: PatternNode): PatternNode {
  const [only, ...others] = items
  return only && others.length === 0 ? only : several
}

function readAtom(reader: Reader, depth: number): PatternNode {
  if (reader.takeIf("(")) {
    if (!reader.takeIf("?:") && reader.peek() === "?") reader.fail("only (?: may begin so")
    const node = readChoice(reader, depth + 1)
    if (!reader.takeIf(")")) reader.fail("a group is not closed")
    return node
  }
  if (reader.takeIf("[")) return readClass(reader)
  if (reader.takeIf(".")) return { kind: "class", ranges: [], isNegated: true }
  const character = reader.take()
  const ranges = character === "\\" ? readEscape(reader) : undefined
  if (!ranges && SPECIAL.includes(character)) reader.fail(`${character} stands for nothing here`)
  return { kind: "class", ranges: ranges ?? [single(character)], isNegated: false }
}

function readClass(reader: Reader): PatternNode {
  const isNegated = reader.takeIf("^")
  const ranges: Range[] = []
  while (!reader.takeIf("]")) {
    const [from, ...others] = readClassItem(reader, ranges.length === 0)
    if (!from) reader.fail("unfinished")
    // A dash before the closing bracket is a dash.
    const isRange = others.length === 0 && from[0] === from[1] && reader.takeIf("-")
    if (!isRange) ranges.push(from, ...others)
    else if (reader.peek() === "]") ranges.push(from, single("-"))
    else {
      const [to, ...more] = readClassItem(reader, false)
      if (!to || more.length > 0 || to[0] !== to[1] || to[0] < from[0]) reader.fail("no range")
      ranges.push([from[0], to[0]])
    }
  }
  if (ranges.length === 0) reader.fail("an empty class")
  return { kind: "class", ranges, isNegated }
}

function readClassItem(reader: Reader, isFirst: boolean): readonly Range[] {
  const character = reader.take()
  if (character === "\\") return readEscape(reader)
  const isDash = character === "-" && (isFirst || reader.peek() === "]")
  if (SPECIAL_IN_CLASS.includes(character) && !isDash) {
    reader.fail(`${character} must be escaped in a class`)
  }
  return [single(character)]
}

function readEscape(reader: Reader): readonly Range[] {
  const character = reader.take()
  const known = ESCAPES[character]
  if (known) return known
  if (/[A-Za-z0-9]/.test(character)) reader.fail(`\\${character} is not known`)
  return [single(character)]
}

function readRepeat(reader: Reader, item: PatternNode): PatternNode {
  const next = reader.peek()
  if (next === "" || !"*+?{".includes(next)) return item
  reader.take()
  const [min, max] =
    next === "{" ? readCounts(reader) : next === "?" ? [0, 1] : [next === "+" ? 1 : 0, undefined]
  const after = reader.peek()
  if (after !== "" && "*+?{".includes(after)) reader.fail("repeated twice: use a group")
  return { kind: "repeat", item, min, max }
}

function readCounts(reader: Reader): [min: number, max: number | undefined] {
  const min = readCount(reader) ?? reader.fail("no count")
  const max = reader.takeIf(",") ? readCount(reader) : min
  if (!reader.takeIf("}")) reader.fail("a count is not closed")
  if (max !== undefined && (max < min || max === 0)) reader.fail("no such count")
  return [min, max]
}

function readCount(reader: Reader): number | undefined {
  let digits = ""
  while (/\d/.test(reader.peek())) digits += reader.take()
  if (digits.length > 3) reader.fail("a count above 999")
  return digits === "" ? undefined : Number(digits)
}

function single(character: string): Range {
  return [character.charCodeAt(0), character.charCodeAt(0)]
}

/** How many characters the pattern has when every repetition is written out. */
function sizeOf(node: PatternNode): number {
  const size = writtenOut(node)
  if (size <= LIMITS.accountPatternStates) return size
  throw new PatternError(`repeats more than ${LIMITS.accountPatternStates} characters`)
}

function writtenOut(node: PatternNode): number {
  if (node.kind === "class") return 1
  if (node.kind !== "repeat") return node.items.reduce((sum, item) => sum + sizeOf(item), 0)
  return sizeOf(node.item) * (node.max ?? node.min + 1)
}
