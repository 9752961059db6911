export type BuildTarget = "wasm32-wasip1" | "wasm32-wasip2"

/** `wasm32-wasi` is what Rust called preview 1 until 2024. Undefined: no target that we know. */
export function parseBuildTarget(text: string | null | undefined): BuildTarget | undefined {
  switch (text) {
    case undefined:
    case null:
    case "wasm32-wasi":
    case "wasm32-wasip1":
      return "wasm32-wasip1"
    case "wasm32-wasip2":
      return "wasm32-wasip2"
    default:
      return undefined
  }
}
