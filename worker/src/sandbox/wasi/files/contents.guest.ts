/** A file's bytes: read, written, made longer and shorter, all paid for before. */
import type { Fuel } from "../fuel.guest.ts"
import type { Budget } from "./budget.guest.ts"
import type { FileNode } from "./nodes.guest.ts"

/** As `memory.fill` costs: what a file gains is cleared. */
const BYTES_PER_FUEL = 8
const LEAST_STORAGE = 256

/** Fills the buffers in order, and says how much that was. */
export function readContents(
  { storage, size }: FileNode,
  offset: number,
  buffers: readonly Uint8Array[],
): number {
  let at = offset
  for (const buffer of buffers) {
    const part = storage.subarray(Math.min(at, size), Math.min(at + buffer.length, size))
    buffer.set(part)
    at += part.length
  }
  return at - offset
}

export function writeContents(
  file: FileNode,
  offset: number,
  buffers: readonly Uint8Array[],
  fuel: Fuel,
  budget: Budget,
): number {
  const length = buffers.reduce((sum, buffer) => sum + buffer.length, 0)
  // Not even a position behind the end: that is no place in the storage.
  if (length === 0) return 0
  if (offset + length > file.size) resize(file, offset + length, fuel, budget)
  let at = offset
  for (const buffer of buffers) {
    file.storage.set(buffer, at)
    at += buffer.length
  }
  return length
}

export function resize(file: FileNode, size: number, fuel: Fuel, budget: Budget): void {
  const growth = size - file.size
  if (growth > 0) {
    budget.takeBytes(growth)
    fuel.pay(Math.ceil(growth / BYTES_PER_FUEL))
    if (size > file.storage.length)
      move(file, file.size, Math.max(LEAST_STORAGE, size, file.size * 2))
    file.storage.fill(0, file.size, size)
  } else {
    budget.takeBytes(growth)
    if (size < file.storage.length / 4) move(file, size, size)
  }
  file.size = size
}

function move(file: FileNode, size: number, length: number): void {
  const storage = new Uint8Array(length)
  storage.set(file.storage.subarray(0, size))
  file.storage = storage
}
