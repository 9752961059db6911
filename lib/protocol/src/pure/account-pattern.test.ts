import { expect, test } from "vitest"
import { LIMITS, matchesAccountPattern, parseAccountPattern, PatternError } from "./index.ts"

test.each([
  ["alice.near", ["alice.near"], ["alicexnear.", "alice.near.near", "xalice.near"]],
  [String.raw`.*\.near`, ["a.near", "a.b.near"], ["near", "a.nearx", "a.near.evil.testnet"]],
  [String.raw`^.*\.near$`, ["a.near"], ["a.near2"]],
  ["^a", ["a"], ["ab"]],
  [String.raw`(?:dev|ops)-\d{2,3}\.app\.near`, ["dev-01.app.near"], ["qa-01.app.near"]],
  ["[^0-9]+", ["abc"], ["ab1"]],
  ["[a-f0-9]{64}", ["0a".repeat(32)], ["0a".repeat(31), "0g".repeat(32)]],
  ["(a|b)*c?", ["", "abba", "bac"], ["cc", "abd"]],
  ["a{2,}", ["aa", "aaaaa"], ["a"]],
  ["a{0,2}b", ["b", "ab", "aab"], ["aaab"]],
  [String.raw`[\w.\-]+`, ["a_b-c.d"], ["a b", ""]],
  ["[-a]+", ["-a-"], ["b"]],
  [String.raw`a\$`, ["a$"], ["a"]],
])("the pattern %s has the whole id or nothing", (pattern, matched, others) => {
  expect(matched.filter((id) => !matchesAccountPattern(pattern, id))).toEqual([])
  expect(others.filter((id) => matchesAccountPattern(pattern, id))).toEqual([])
})

test.each([
  "",
  "*",
  "a**",
  "a+?",
  "a{2}{3}",
  "(a",
  "a)",
  "()",
  "a|",
  "|a",
  "[",
  "[]",
  "[a",
  "[z-a]",
  String.raw`[a-\d]`,
  "[[:alpha:]]",
  "a{",
  "a{,2}",
  "a{3,2}",
  "a{0}",
  "a{1000}",
  "{2}",
  "(?=a)",
  "(?<n>a)",
  "(?i)a",
  "a^b",
  "a$b",
  "^a|b$",
  String.raw`\1`,
  String.raw`\b`,
  String.raw`\p{L}`,
  "\\",
  "é",
  "a b",
  "a".repeat(LIMITS.accountPatternBytes + 1),
  "((a{100}){10}){2}",
  `${"(".repeat(18)}a${")".repeat(18)}`,
])("%j is no pattern", (pattern) => {
  expect(() => parseAccountPattern(pattern)).toThrow(PatternError)
})

test("what is wrong is said by its place", () => {
  expect(() => parseAccountPattern("^ab(c")).toThrow("a group is not closed, at character 6")
})

test("patterns that choke a backtracking matcher come to an end", () => {
  const id = `${"a".repeat(63)}!`
  for (const pattern of ["(a*)*", "(a|a)*", "(a+)+b", "((a?){30}){30}", "(.*.*.*)*x"]) {
    expect(matchesAccountPattern(pattern, id)).toBe(false)
  }
})

test("patterns mean what they mean to JavaScript, anchored", () => {
  const ids = ["", "a", "b", "ab", "ba", "aab", "a.b", "bbb", "a-b1"]
  let matches = 0
  for (let round = 0; round < 3_000; round += 1) {
    const pattern = drawPattern(2)
    if (pattern.length > LIMITS.accountPatternBytes) continue
    const expression = new RegExp(`^(?:${pattern})$`)
    const matched = ids.filter((id) => matchesAccountPattern(pattern, id))
    matches += matched.length
    expect([pattern, matched]).toEqual([pattern, ids.filter((id) => expression.test(id))])
  }
  expect(matches).toBeGreaterThan(1_000)
})

function drawPattern(depth: number): string {
  const atoms = [
    "a",
    "b",
    ".",
    String.raw`\.`,
    "[ab]",
    "[^a]",
    "[a-b-]",
    String.raw`\d`,
    String.raw`\w`,
  ]
  const repeats = ["", "", "", "*", "+", "?", "{2}", "{1,2}", "{1,}"]
  const piece = () => {
    const inner =
      depth > 0 && below(3) === 0 ? `(${drawPattern(depth - 1)})` : atoms[below(atoms.length)]
    return `${inner}${repeats[below(repeats.length)]}`
  }
  const sequence = () => Array.from({ length: 1 + below(3) }, piece).join("")
  return Array.from({ length: 1 + below(2) }, sequence).join("|")
}

function below(end: number): number {
  return Math.floor(Math.random() * end)
}
