/** Where a Rust repository's dependencies come from, told before anything is fetched. */
import { z } from "zod"
import { BuildError } from "../build.ts"

/** cargo-metadata(1) with `--no-deps`: a dependency by path alone has no source. */
const Metadata = z.object({
  packages: z.array(
    z.object({ dependencies: z.array(z.object({ source: z.string().nullable() })) }),
  ),
})

const CRATES_IO = new Set([
  "registry+https://github.com/rust-lang/crates.io-index",
  "sparse+https://index.crates.io/",
])

/** The sources that the manifests of a repository's own packages name. */
export function readManifestSources(metadata: string): string[] {
  const { packages } = Metadata.parse(JSON.parse(metadata))
  const sources = packages.flatMap(({ dependencies }) => dependencies.map(({ source }) => source))
  return sources.filter((source) => source !== null)
}

/** Cargo itself writes one `source = "..."` a line; it refuses a file that means more than that. */
export function readLockfileSources(lockfile: string): string[] {
  const lines = lockfile.split("\n").filter((line) => /^\s*"?source/.test(line))
  return lines.map((line) => /^source = "([^"\\]*)"\s*$/.exec(line)?.[1] ?? line)
}

/** crates.io, or Git over https from a host where repositories may come from too. */
export function refuseForeignSources(sources: readonly string[], hosts: readonly string[]): void {
  for (const source of sources) {
    const host = /^git\+https:\/\/([^/@:?#]+)\//.exec(source)?.[1]
    const isAllowed = CRATES_IO.has(source) || (host !== undefined && hosts.includes(host))
    if (isAllowed) continue
    const message = `Dependencies may come from crates.io, ${hosts.join(", ")}`
    throw new BuildError("compile_failed", message, source)
  }
}
