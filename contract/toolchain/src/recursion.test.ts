import { beforeAll, expect, test } from "vitest"
import { callOnVm } from "./call-on-vm.ts"
import { coldBuildMs, fixture } from "./fixture.ts"
import { buildContract } from "./index.ts"

let recursion: Uint8Array

beforeAll(async () => {
  recursion = await buildContract(fixture("recursion"))
}, coldBuildMs)

test("no way of running deep overruns NEAR's stack: each is a JavaScript error", () => {
  const { returned } = callOnVm(recursion, "list")
  const shapes = JSON.parse(Buffer.from(returned ?? []).toString()) as string[]

  const ends = shapes.map((shape) => {
    const { error, logs } = callOnVm(recursion, "recurse", shape)
    return { shape, error, logs }
  })

  expect(shapes.length).toBeGreaterThan(15)
  expect(ends).toEqual(
    shapes.map((shape) => ({ shape, error: undefined, logs: ["stack overflow"] })),
  )
})
