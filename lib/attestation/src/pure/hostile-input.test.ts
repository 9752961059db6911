// Whatever is put in any place: a coded refusal, never an exception, and never acceptance.
import { expect, test } from "vitest"
import { nodePrimitives } from "../primitives.ts"
import { createCollateral } from "../simulator/collateral.ts"
import { bootEvents, replay } from "../simulator/event-log.ts"
import { createPki } from "../simulator/pki.ts"
import { createQuote, REPORT } from "../simulator/quote.ts"
import {
  type Collateral,
  type CollateralFacts,
  readCollateral,
  readEventLog,
  verifyQuote,
} from "./index.ts"

const NOW = 1_792_000_000
const PKI = createPki(Buffer.from("hostile input"))
const COLLATERAL = createCollateral(PKI, NOW - 3600)
const ROOT = PKI.root.certificate
const JUNK: readonly unknown[] = [
  null,
  undefined,
  true,
  0,
  -1,
  1.5,
  Number.NaN,
  2 ** 53,
  "",
  "00",
  "\u0000",
  "é",
  "\ud800",
  "__proto__",
  "x".repeat(300),
  "x".repeat(100_000),
  [],
  [[]],
  {},
  { length: 3 },
  { toString: 1 },
]

test("junk in any part of collateral is refused with a code", () => {
  for (const part of Object.keys(COLLATERAL)) {
    for (const junk of JUNK) {
      const given = { ...COLLATERAL, [part]: junk } as Collateral

      expect(
        readCollateral(given, ROOT, NOW, nodePrimitives).ok,
        `${part}: ${String(typeof junk)}`,
      ).toBe(false)
    }
  }
})

test("junk in any field of signed JSON is refused with a code, or is of no account", () => {
  const usual = factsOf(COLLATERAL)
  const believed = (["tcbInfo", "qeIdentity"] as const).flatMap((part) => {
    const json: unknown = JSON.parse(COLLATERAL[part])
    return pathsOf(json).flatMap((path) =>
      JUNK.filter((junk) => junk !== undefined && typeof junk !== typeof get(json, path))
        .map((junk) => sign(part, JSON.stringify(put(json, path, junk))))
        .map((given) => readCollateral(given, ROOT, NOW, nodePrimitives))
        .filter((facts) => facts.ok && JSON.stringify(facts.value) !== JSON.stringify(usual))
        .map(() => `${part}: ${path.join(".")}`),
    )
  })

  expect(believed).toEqual([])
})

test("junk in any field of an event is refused with a code", () => {
  const boot = bootEvents({ composeHash: "ab".repeat(32) })
  const report = { ...REPORT, rtmr3: replay(boot) }
  const isAccepted = (log: unknown) => readEventLog(report, log, nodePrimitives).ok
  const believed = boot.flatMap((event, at) =>
    JUNK.flatMap((junk) => [
      junk,
      boot.with(at, junk as never),
      ...(["imr", "event_type", "event", "event_payload"] as const)
        .filter((field) => event[field] !== junk)
        .map((field) => boot.with(at, { ...event, [field]: junk })),
    ]).filter((log) => isAccepted(log)),
  )

  expect(isAccepted(boot)).toBe(true)
  expect(believed).toEqual([])
})

test("random bytes in a quote are refused with a code", () => {
  const facts = factsOf(COLLATERAL)
  const quote = createQuote(PKI, { padding: 0 })
  const random = createRandom()
  const believed = Array.from({ length: 2000 }, () => {
    const changed = Buffer.from(quote)
    const count = 1 + random(8)
    for (let i = 0; i < count; i++) changed[random(changed.length)] = random(256)
    return changed
  })
    .filter((changed) => verifyQuote(changed, facts, NOW, nodePrimitives).ok)
    // In the chain line ends may be others, or more.
    .filter((changed) => withoutLineEnds(changed) !== withoutLineEnds(quote))

  expect(believed).toEqual([])
})

test("a clock that is none is not taken for a date", () => {
  const facts = factsOf(COLLATERAL)

  for (const clock of [Number.NaN, Infinity, -1, NOW * 1000, NOW + 0.5]) {
    expect(() => readCollateral(COLLATERAL, ROOT, clock, nodePrimitives)).toThrow("Unix seconds")
    expect(() => verifyQuote(createQuote(PKI), facts, clock, nodePrimitives)).toThrow(
      "Unix seconds",
    )
  }
})

function sign(part: "tcbInfo" | "qeIdentity", text: string): Collateral {
  const signature = Buffer.from(PKI.tcbSigner.key.sign(Buffer.from(text))).toString("hex")
  return { ...COLLATERAL, [part]: text, [`${part}Signature`]: signature }
}

function factsOf(collateral: Collateral): CollateralFacts {
  const facts = readCollateral(collateral, ROOT, NOW, nodePrimitives)
  if (!facts.ok) throw new Error(facts.reason)
  return facts.value
}

/** Numbers below a bound, the same in every run (Park and Miller). */
function createRandom(): (below: number) => number {
  let state = 1
  return (below) => (state = (state * 48_271) % 2_147_483_647) % below
}

type Path = readonly (string | number)[]

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path]
  // The components are 64 times the same.
  const entries = Object.entries(value).slice(0, Array.isArray(value) ? 2 : undefined)
  return [
    ...(path.length > 0 ? [path] : []),
    ...entries.flatMap(([key, inner]) => pathsOf(inner, [...path, key])),
  ]
}

function get(value: unknown, path: Path): unknown {
  return path.reduce((inner, key) => (inner as Record<string, unknown>)[key], value)
}

function put<Value>(value: Value, path: Path, junk: unknown): Value {
  const copy = structuredClone(value)
  const last = path.at(-1)
  if (last === undefined) return copy
  const parent = get(copy, path.slice(0, -1)) as Record<string, unknown>
  parent[last] = junk
  return copy
}

function withoutLineEnds(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString("latin1")
    .replaceAll(/[\r\n]/g, "")
}
