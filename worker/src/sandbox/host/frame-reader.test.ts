import { expect, test } from "vitest"
import { FRAME, frameHeader } from "../wire.ts"
import { FrameReader } from "./frame-reader.ts"

const stream = Buffer.concat([
  frameHeader(FRAME.ready, 0),
  frameHeader(FRAME.output, 3),
  Buffer.from("abc"),
  frameHeader(FRAME.report, 300),
  Buffer.alloc(300, "x"),
])

test("frames arrive whole, however the stream is cut", () => {
  for (const size of [1, 2, 5, 7, 100, stream.length]) {
    const reader = createReader()
    const frames = []
    for (let at = 0; at < stream.length; at += size)
      frames.push(...reader.push(stream.subarray(at, at + size)))

    expect(frames.map(({ kind, payload }) => [kind, Buffer.from(payload).toString()])).toEqual([
      [FRAME.ready, ""],
      [FRAME.output, "abc"],
      [FRAME.report, "x".repeat(300)],
    ])
  }
})

test("a frame that claims to be larger than it may is refused before it comes", () => {
  const reader = createReader()

  expect(() => reader.push(frameHeader(FRAME.bytes, 1001))).toThrow("1001 bytes")
})

test("what is kept of a frame holds no more than its own bytes", () => {
  const [, output] = createReader().push(stream)
  expect(output?.payload.buffer.byteLength).toBe(3)
})

function createReader(): FrameReader {
  const reader = new FrameReader()
  reader.maxBytes = 1000
  return reader
}
