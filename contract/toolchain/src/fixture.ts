import { fileURLToPath } from "node:url"

/** QuickJS is compiled first, if nobody has on this machine. */
export const coldBuildMs = 300_000

export function fixture(name: string): string {
  return fileURLToPath(new URL(`../fixtures/${name}.ts`, import.meta.url))
}
