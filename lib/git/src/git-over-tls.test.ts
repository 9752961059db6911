import { mkdtemp, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createRepositories } from "@outlayer/testing/git"
import { startGitServer } from "@outlayer/testing/git-server"
import { describeWhere, findProgram } from "@outlayer/testing/machine"
import { expect, test as base } from "vitest"
import { createGit } from "./git.ts"

const { signal } = new AbortController()

const test = base
  .extend("repositories", { scope: "file" }, async ({}, { onCleanup }) => {
    const repositories = await createRepositories()
    onCleanup(() => repositories[Symbol.asyncDispose]())
    return repositories
  })
  .extend("server", { scope: "file" }, async ({ repositories }, { onCleanup }) => {
    const server = await startGitServer(repositories.folder)
    onCleanup(() => server[Symbol.asyncDispose]())
    return server
  })
  .extend("git", ({ server: { configFile } }) =>
    createGit({ allowedHosts: ["github.com"], configFile }),
  )

describeWhere("openssl", findProgram("openssl") !== undefined, () => {
  test("an older commit comes from a host over TLS, with its branches", async ({
    repositories,
    git,
  }) => {
    const repository = await repositories.create("tls/source")
    const commit = await repository.commit({ a: "1" })
    await repository.commit({ b: "2" })
    await using folder = await temporaryFolder()

    const source = await git.fetchSource({ repo: "tls/source", commit }, folder.path, signal)

    expect(source.branches).toEqual(["main"])
    expect(await readdir(folder.path)).toEqual(["a"])
  })

  test("a fork's commit that the host would serve is refused", async ({ repositories, git }) => {
    const repository = await repositories.create("tls/fork")
    await repository.commit({ a: "1" })
    const commit = await repository.commit({ a: "evil" }, "fork")
    await repository.git("update-ref", "refs/pull/1/head", commit)
    await repository.git("checkout", "--quiet", "main")
    await repository.git("branch", "-D", "fork")
    await using folder = await temporaryFolder()

    const fetching = git.fetchSource({ repo: "tls/fork", commit }, folder.path, signal)

    await expect(fetching).rejects.toMatchObject({ code: "commit_not_in_repository" })
  })

  test("a redirect leads nowhere, but to the same address with .git", async ({
    repositories,
    server,
    git,
  }) => {
    const repository = await repositories.create("tls/moved")
    const commit = await repository.commit({ a: "1" })
    await repository.git(
      "clone",
      "--quiet",
      "--bare",
      ".",
      join(repositories.folder, "tls/lab.git"),
    )
    const asked: string[] = []
    server.intercept = ({ url = "" }, response) => {
      asked.push(url)
      const isOld = url.startsWith("/tls/old")
      if (!isOld && !url.startsWith("/tls/lab/")) return false
      response.writeHead(301, {
        location: url.replace(/old|lab(?=\/)/, isOld ? "moved" : "lab.git"),
      })
      response.end()
      return true
    }

    const moved = git.resolveCommit("tls/old", "main", signal)
    await expect(moved).rejects.toMatchObject({ code: "repository_not_found" })
    expect(asked.filter((url) => url.startsWith("/tls/moved"))).toEqual([])
    expect(await git.resolveCommit("tls/lab", "main", signal)).toBe(commit)
  })

  test.for([
    [401, "repository_not_found"],
    [404, "repository_not_found"],
    [500, "repository_unreachable"],
    [503, "repository_unreachable"],
  ] as const)("status %i means %s", async ([status, code], { server, git }) => {
    server.intercept = (_, response) => {
      response.writeHead(status).end()
      return true
    }

    const resolving = git.resolveCommit("tls/status", "main", signal)

    await expect(resolving).rejects.toMatchObject({ code })
  })

  test("a host that keeps us waiting is our trouble, within our time", async ({ server }) => {
    const { configFile } = server
    const impatient = createGit({ allowedHosts: ["github.com"], configFile, timeoutMs: 500 })
    server.intercept = () => true

    const resolving = impatient.resolveCommit("tls/waiting", "main", signal)

    await expect(resolving).rejects.toMatchObject({ code: "repository_unreachable" })
  })
})

async function temporaryFolder() {
  const parent = await mkdtemp(join(tmpdir(), "outlayer-test-"))
  return {
    path: join(parent, "source"),
    [Symbol.asyncDispose]: () => rm(parent, { recursive: true, force: true }),
  }
}
