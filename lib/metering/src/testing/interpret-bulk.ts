/** Operators of the interpreter that pay by size: memories and tables. */
import { Trap } from "./numeric.ts"
import type { Prices } from "./linear-code.ts"
import type { Purse } from "./purse.ts"
import { SEGMENT, TABLE_MAXIMUM } from "./tree.ts"

const PAGE = 65_536

/** What they change. A table's elements are functions, one above their index, or 0 for null. */
export interface Store {
  memory: Uint8Array
  pages: number
  maxPages: number
  table: bigint[]
  /** Of the passive segment. */
  elements: readonly bigint[]
}

export function actBySize(
  store: Store,
  prices: Prices,
  purse: Purse,
  name: string,
  stack: bigint[],
): void {
  const size = Number(stack.at(-1))
  const units = prices.bySize(name, size)
  purse.payNow(units ?? 0)
  if (name === "memory.grow") return growMemory(store, stack)
  if (name === "table.grow") return growTable(store, stack)
  const [to, second] = stack.splice(-3) as [bigint, bigint, bigint]
  const from = Number(second)
  if (name.startsWith("memory")) moveBytes(store, name, Number(to), from, size)
  else moveElements(store, name, Number(to), second, size)
}

function growMemory(store: Store, stack: bigint[]) {
  const pages = Number(stack.pop())
  const fits = store.pages + pages <= store.maxPages
  stack.push(fits ? BigInt(store.pages) : 0xffff_ffffn)
  if (fits) store.pages += pages
}

function growTable({ table }: Store, stack: bigint[]) {
  const [value, count] = stack.splice(-2) as [bigint, bigint]
  const fits = table.length + Number(count) <= TABLE_MAXIMUM
  stack.push(fits ? BigInt(table.length) : 0xffff_ffffn)
  if (fits) for (let left = Number(count); left > 0; left -= 1) table.push(value)
}

function moveBytes({ memory, pages }: Store, name: string, to: number, from: number, size: number) {
  const source = { "memory.copy": pages * PAGE, "memory.init": SEGMENT.data.length }[name]
  if (to + size > pages * PAGE || (source !== undefined && from + size > source))
    throw new Trap("memory access out of bounds")
  if (name === "memory.fill") memory.fill(from, to, to + size)
  else if (name === "memory.copy") memory.copyWithin(to, from, from + size)
  else memory.set(SEGMENT.data.slice(from, from + size), to)
}

function moveElements(
  { table, elements }: Store,
  name: string,
  to: number,
  second: bigint,
  size: number,
) {
  const from = Number(second)
  const source = name === "table.copy" ? table : elements
  const isFill = name === "table.fill"
  if (to + size > table.length || (!isFill && from + size > source.length))
    throw new Trap("table access out of bounds")
  if (isFill) table.fill(second, to, to + size)
  else table.splice(to, size, ...source.slice(from, from + size))
}
