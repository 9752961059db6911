/**
 * Where the glue takes texts and lists out of a guest's memory it pays first, for as many bytes as
 * they have there. Their types are the guest's own, and lists may lie in each other's bytes, so this
 * is the one place that knows how much work they are.
 */
import { ModuleRefused } from "@outlayer/metering"
import { PAY } from "./glue.guest.ts"

/** The transpiler's own library ends here. */
const FIRST_OF_ITS_OWN = /\n *const module0 = getCoreModule\(/

/** As the transpiler writes them, and nothing else that reads more than one value. */
const LIFTS: readonly [lift: RegExp, priced: string][] = [
  // A list of numbers is copied.
  [/\.slice\((ptr\d+), \1 \+ (len\d+) \* (\d+)\)/g, `.slice($1, $1 + $${PAY}($2, $3) * $3)`],
  [
    /\.decode\(new Uint8Array\((memory\d+\.buffer), (ptr\d+), (len\d+)\)\)/g,
    `.decode(new Uint8Array($1, $2, $${PAY}($3, 1)))`,
  ],
  [
    /\.decode\(new Uint16Array\((memory\d+\.buffer), (ptr\d+), (len\d+)\)\)/g,
    `.decode(new Uint16Array($1, $2, $${PAY}($3, 2)))`,
  ],
  // Any other list, one by one.
  [
    /for \(let i = 0; i < (len\d+); i\+\+\) \{(\s+const base = base\d+ \+ i \* (\d+);)/g,
    `for (let i = 0, $$count = $${PAY}($1, $3, true); i < $$count; i++) {$2`,
  ],
]
/** Whatever could be one; what changes a text's encoding between components is paid for where it is called. */
const READS =
  /\.slice\(|(?<!\bdecoder)\.decode\(|\bi < len|\bwhile \((?!!\(value instanceof Promise\))/g
const PAYS = new RegExp(`\\${PAY}\\(`, "g")

/** From where a call begins to where it ends, in what the transpiler writes. */
const CALL = /\bconst (_trampoline\d+) = function\([\s\S]*?\n *\1\.fnName = /g
/**
 * A call's price is for what WASI's calls move; the longest takes 24,000 characters of glue, for each
 * of an error's forty cases some lines. Types may be a million fields large.
 */
const MAX_CALL_CHARACTERS = 100_000

/** Throws `ModuleRefused` for calls that would move more than anybody needs. */
export function priceLifts(script: string): string {
  const from = script.search(FIRST_OF_ITS_OWN)
  if (from < 0) throw new Error("the transpiler's output has another shape")
  const own = script.slice(from)
  for (const [call] of own.matchAll(CALL))
    if (call.length > MAX_CALL_CHARACTERS)
      throw new ModuleRefused("too_large", "a call in it moves more than anybody needs")
  const priced = LIFTS.reduce((text, [lift, price]) => text.replace(lift, price), own)
  if (count(own, READS) !== count(priced, PAYS))
    throw new Error("the transpiler reads a guest's memory in another way")
  return script.slice(0, from) + priced
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0
}
