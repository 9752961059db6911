/** What the tests of builders share: a builder over real repositories of a temporary folder. */
import { randomBytes } from "node:crypto"
import { dirname, join } from "node:path"
import { importSigningSeed } from "@outlayer/protocol/sealing/node"
import { createRepositories, type Files, type GitRepositories } from "@outlayer/testing/git"
import { environment } from "@outlayer/testing/machine"
import { test } from "vitest"
import { probeBubblewrap } from "./bubblewrap.ts"
import { probePrivateRoot } from "./private-root.ts"
import { type Build, type BuilderOptions, createBuilder } from "./builder.ts"

const key = importSigningSeed(randomBytes(32))
/** A test's own time is up before anything here is. */
export const { signal } = new AbortController()
/** As much as a request may ask for: a slow machine takes minutes. */
export const limits = { maxCompileMs: 300_000 }
const privateRoot = await probePrivateRoot()
const strongest = (await probeBubblewrap()) ? "sandbox" : "native"
/** Those that give a build files of its own here, strongest first: native ones do for root alone, see docs/sandbox.md. */
export const walledModes = [...new Set([strongest, "native"] as const)].filter(
  (mode) => mode === "sandbox" || privateRoot !== undefined,
)

export const builderTest = test
  .extend("repositories", { scope: "file" }, async ({}, { onCleanup }) => {
    const repositories = await createRepositories()
    onCleanup(() => repositories[Symbol.asyncDispose]())
    return repositories
  })
  .extend("open", { scope: "file" }, ({ repositories }) => {
    return (
      mode: BuilderOptions["mode"] = strongest,
      maxWasmBytes?: number,
      npmRegistry?: string,
    ) => createTestBuilder(repositories, { mode, maxWasmBytes, npmRegistry })
  })
  .extend("builder", { scope: "file" }, ({ open }) => open())
  .extend("build", ({ repositories, builder }) => {
    return async (
      name: string,
      files: Files,
      maxCompileMs = limits.maxCompileMs,
    ): Promise<Build> => {
      const repository = await repositories.create(name)
      const commit = await repository.commit(files)
      const source = { repo: name, commit, buildTarget: "wasm32-wasip1" } as const
      return await builder.build(source, { maxCompileMs }, signal)
    }
  })

function createTestBuilder(
  { configFile }: GitRepositories,
  options: Pick<BuilderOptions, "mode" | "maxWasmBytes" | "npmRegistry">,
) {
  return createBuilder({
    git: { allowedHosts: ["github.com"], configFile, allowLocalFolders: true },
    npmCache: join(dirname(configFile), "npm"),
    ...options,
    signer: key,
    machine: environment,
    log: { info: () => {}, warn: () => {} },
  })
}
