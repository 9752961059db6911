import { describe, expect, test } from "vitest"
import { stripModule } from "./wasm-sections.ts"

const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
const TYPE = section(1, [1, 0x60, 0, 0])

describe("a module", () => {
  test("loses what no run needs, and keeps the rest in its order", () => {
    const kept = [TYPE, custom("name", [1]), custom("target_features", [0])]
    const dropped = [custom(".debug_info", [1, 2]), custom("producers", []), custom("linking", [2])]
    const wasm = module(dropped[0], kept[0], dropped[1], kept[1], dropped[2], kept[2])

    expect([...stripModule(wasm, "wasm32-wasip1")]).toEqual([...module(...kept)])
  })

  test("with nothing to lose stays as it is", () => {
    expect([...stripModule(module(TYPE), "wasm32-wasip1")]).toEqual([...module(TYPE)])
    expect([...stripModule(module(), "wasm32-wasip1")]).toEqual(HEADER)
  })

  test.for<[string, readonly number[]]>([
    ["is empty", []],
    ["is text", [...Buffer.from("hello there")]],
    ["is a component", [0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]],
    ["is cut off in its header", HEADER.slice(0, 7)],
    ["is cut off in a section", [...HEADER, 1, 5, 0]],
    ["is cut off in a length", [...HEADER, 1, 0x80]],
    ["has a length without an end", [...HEADER, 1, 0x80, 0x80, 0x80, 0x80, 0x80, 0]],
    ["has a custom section without a name", [...HEADER, 0, 1, 0x80]],
  ])("that %s is wasm_refused", ([, bytes]) => {
    expect(() => stripModule(Uint8Array.from(bytes), "wasm32-wasip1")).toThrow(
      expect.objectContaining({ code: "wasm_refused" }),
    )
  })
})

function module(...sections: (readonly number[] | undefined)[]): Uint8Array {
  return Uint8Array.from([...HEADER, ...sections.flatMap((bytes) => bytes ?? [])])
}

function section(id: number, body: readonly number[]): number[] {
  return [id, body.length, ...body]
}

function custom(name: string, body: readonly number[]): number[] {
  return section(0, [name.length, ...Buffer.from(name), ...body])
}
