import { describe, expect, it } from "vitest"
import { MemoryPool } from "./memory-pool.ts"

describe("the pool of memories", () => {
  it("hands a memory out again, with zeros only", () => {
    const pool = new MemoryPool()
    const memory = pool.take()
    const bytes = new Uint8Array(memory.buffer)
    bytes[0] = 1
    bytes[bytes.length - 1] = 2

    pool.give(memory)

    expect(pool.take()).toBe(memory)
    expect([bytes[0], bytes[bytes.length - 1]]).toEqual([0, 0])
  })

  it("drops what has grown", () => {
    const pool = new MemoryPool()
    const memory = pool.take()
    memory.grow(1)

    pool.give(memory)

    expect(pool.take()).not.toBe(memory)
  })

  it("drops what would be dear to clear", () => {
    const pool = new MemoryPool()
    const memory = pool.take()
    new Uint8Array(memory.buffer).fill(1)

    pool.give(memory)

    expect(pool.take()).not.toBe(memory)
  })
})
