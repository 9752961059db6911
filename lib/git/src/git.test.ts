import { existsSync } from "node:fs"
import { mkdir, mkdtemp, readFile, readdir, readlink, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createRepositories, type TestRepository } from "@outlayer/testing/git"
import { describe, expect, test as base } from "vitest"
import { createGit, type GitOptions } from "./git.ts"
import { RepositoryError } from "./repository-error.ts"

const { signal } = new AbortController()
const unknown = "0123456789".repeat(4)

const test = base
  .extend("repositories", { scope: "file" }, async ({}, { onCleanup }) => {
    const repositories = await createRepositories()
    onCleanup(() => repositories[Symbol.asyncDispose]())
    return repositories
  })
  .extend(
    "open",
    async ({ repositories: { configFile } }) =>
      (more: Partial<GitOptions> = {}) =>
        createGit({ allowedHosts: ["github.com"], configFile, allowLocalFolders: true, ...more }),
  )
  .extend("folder", async ({}, { onCleanup }) => {
    const parent = await mkdtemp(join(tmpdir(), "outlayer-test-"))
    onCleanup(() => rm(parent, { recursive: true, force: true }))
    return join(parent, "source")
  })

describe("a ref becomes a full commit", () => {
  test("by branch, tag, annotated tag and short hash", async ({ repositories, open }) => {
    const repository = await repositories.create("resolve/names")
    const first = await repository.commit({ a: "1" })
    await repository.git("tag", "plain")
    await repository.git("tag", "--annotate", "--message=note", "annotated")
    const second = await repository.commit({ a: "2" })
    const git = open()
    const resolve = (ref: string) => git.resolveCommit("resolve/names", ref, signal)

    expect(await resolve("main")).toBe(second)
    expect(await resolve("refs/heads/main")).toBe(second)
    expect(await resolve("plain")).toBe(first)
    expect(await resolve("annotated")).toBe(first)
    expect(await resolve(first.slice(0, 8).toUpperCase())).toBe(first)
    expect(await resolve(unknown)).toBe(unknown)
  })

  test("and a clone of our own says which branches hold it now", async ({ repositories, open }) => {
    const repository = await repositories.create("locate/branches")
    const first = await repository.commit({ a: "1" })
    await repository.git("branch", "old")
    const second = await repository.commit({ a: "2" })
    const locate = (ref: string) => open().locateCommit("locate/branches", ref, signal)

    expect(await locate("old")).toEqual({
      commit: first,
      repositoryKey: "github.com/locate/branches",
      branches: ["main", "old"],
    })
    expect(await locate("main")).toMatchObject({ commit: second, branches: ["main"] })
    await expect(locate(unknown)).rejects.toMatchObject({ code: "commit_not_found" })
  })

  test("a branch comes before a tag, and either before a short hash", async ({
    repositories,
    open,
  }) => {
    const repository = await repositories.create("resolve/order")
    const first = await repository.commit({ a: "1" })
    const second = await repository.commit({ a: "2" })
    const short = first.slice(0, 7)
    await repository.git("tag", "both", first)
    await repository.git("branch", "both", second)
    await repository.git("branch", short, second)

    expect(await open().resolveCommit("resolve/order", "both", signal)).toBe(second)
    expect(await open().resolveCommit("resolve/order", short, signal)).toBe(second)
  })

  test("a name matches whole, not its end", async ({ repositories, open }) => {
    const repository = await repositories.create("resolve/whole")
    await repository.commit({ a: "1" }, "feature/main")

    const resolving = open().resolveCommit("resolve/whole", "main", signal)

    await expect(resolving).rejects.toMatchObject({ code: "commit_not_found" })
  })

  test.for(["nowhere", "abcdef0", "--upload-pack=touch /tmp/pwned", "-q", "a..b", "a b", "", "*"])(
    "%j is no commit",
    async (ref, { repositories, open }) => {
      const repository = await repositories.create("resolve/none")
      await repository.commit({ a: "1" })

      const resolving = open().resolveCommit("resolve/none", ref, signal)

      await expect(resolving).rejects.toMatchObject({ code: "commit_not_found" })
    },
  )

  test("two commits of one beginning are none", async ({ repositories, open }) => {
    const repository = await repositories.create("resolve/ambiguous")
    const tree = await repository.git("hash-object", "-w", "-t", "tree", "/dev/null")
    // Of the commits with a number for a message the first two whose hashes begin alike.
    const [one, other] = [
      await repository.git("commit-tree", tree, "-m", "227"),
      await repository.git("commit-tree", tree, "-m", "336"),
    ]
    const short = one.slice(0, 4)
    expect(other).toMatch(new RegExp(`^${short}(?!${one.slice(4)})`))
    await repository.git("branch", "one", one)
    await repository.git("branch", "other", other)

    const resolving = open().resolveCommit("resolve/ambiguous", short, signal)

    await expect(resolving).rejects.toMatchObject({ code: "commit_not_found" })
  })
})

describe("the files of a commit", () => {
  test("come without Git's own, with the branches that hold them", async ({
    repositories,
    open,
    folder,
  }) => {
    const repository = await repositories.create("Fetch/Files")
    const commit = await repository.commit({ "src/a.txt": "one", "b.txt": "two" })
    await repository.git("branch", "Zeta")
    await repository.git("branch", "älter")
    await repository.commit({ "b.txt": "three" })
    await repository.commit({ c: "unrelated" }, "other")

    const source = await open().fetchSource({ repo: "Fetch/Files", commit }, folder, signal)

    expect(source).toEqual({
      repositoryKey: "github.com/fetch/files",
      branches: ["Zeta", "main", "älter"],
    })
    expect((await readdir(folder)).toSorted()).toEqual(["b.txt", "src"])
    expect(await readFile(join(folder, "b.txt"), "utf8")).toBe("two")
  })

  test("a commit that only a tag holds has no branches", async ({ repositories, open, folder }) => {
    const repository = await repositories.create("fetch/tag")
    await repository.commit({ a: "1" })
    const commit = await repository.commit({ b: "2" }, "gone")
    await repository.git("tag", "kept")
    await repository.git("checkout", "--quiet", "main")
    await repository.git("branch", "-D", "gone")

    const source = await open().fetchSource({ repo: "fetch/tag", commit }, folder, signal)

    expect(source.branches).toEqual([])
    expect(await readdir(folder)).toContain("b")
  })

  test("a commit that the host serves but only a fork has is refused", async ({
    repositories,
    open,
    folder,
  }) => {
    const repository = await repositories.create("fetch/parent")
    await repository.commit({ a: "1" })
    const commit = await repository.commit({ a: "evil" }, "fork")
    await repository.git("update-ref", "refs/pull/1/head", commit)
    await repository.git("checkout", "--quiet", "main")
    await repository.git("branch", "-D", "fork")

    const fetching = open().fetchSource({ repo: "fetch/parent", commit }, folder, signal)

    await expect(fetching).rejects.toMatchObject({ code: "commit_not_in_repository" })
    expect(existsSync(folder)).toBe(false)
  })

  test("a commit that nobody has is not found", async ({ repositories, open, folder }) => {
    const repository = await repositories.create("fetch/unknown")
    await repository.commit({ a: "1" })

    const source = { repo: "fetch/unknown", commit: unknown }
    const fetching = open().fetchSource(source, folder, signal)

    await expect(fetching).rejects.toMatchObject({ code: "commit_not_found" })
  })

  test("the hash of a tag or a tree is no commit", async ({ repositories, open, folder }) => {
    const repository = await repositories.create("fetch/kinds")
    await repository.commit({ a: "1" })
    await repository.git("tag", "--annotate", "--message=note", "annotated")
    for (const object of ["refs/tags/annotated", "main^{tree}"]) {
      const commit = await repository.git("rev-parse", object)

      const fetching = open().fetchSource({ repo: "fetch/kinds", commit }, folder, signal)

      await expect(fetching).rejects.toMatchObject({ code: "commit_not_found" })
    }
  })

  test("what a repository asks Git to run is not run", async ({ repositories, open, folder }) => {
    const mark = `${folder}-mark`
    const other = await repositories.create("fetch/submodule")
    await other.commit({ inner: "1" })
    const repository = await repositories.create("fetch/hostile")
    await repository.git("config", "protocol.file.allow", "always")
    await repository.git(
      "-c",
      "protocol.file.allow=always",
      "submodule",
      "add",
      other.folder,
      "sub",
    )
    const commit = await repository.commit({
      ".gitattributes": "* filter=evil\n*.c merge=evil diff=evil\n",
      ".gitconfig": `[filter "evil"]\n  smudge = touch ${mark}\n`,
      "hooks/post-checkout": `#!/bin/sh\ntouch ${mark}\n`,
      "out.txt": { symlink: "/etc/passwd" },
    })

    await open().fetchSource({ repo: "fetch/hostile", commit }, folder, signal)

    expect(existsSync(mark)).toBe(false)
    expect(await readdir(join(folder, "sub"))).toEqual([])
    expect(await readlink(join(folder, "out.txt"))).toBe("/etc/passwd")
  })

  test("one file too large, or many small ones from a few trees, write nothing", async ({
    repositories,
    open,
    folder,
  }) => {
    const repository = await repositories.create("fetch/large")
    const zeros = await repository.commit({ zeros: new Uint8Array(3 * 1024 * 1024) })
    const bomb = await commitBomb(repository)
    await repository.git("branch", "bomb", bomb)
    const git = open({ maxRepositoryBytes: 2 * 1024 * 1024 })
    for (const commit of [zeros, bomb]) {
      const fetching = git.fetchSource({ repo: "fetch/large", commit }, folder, signal)

      await expect(fetching).rejects.toMatchObject({ code: "repository_too_large" })
      await rm(folder, { recursive: true, force: true })
    }
  })

  test("a pack that passes the limit is cut off", async ({ repositories, open, folder }) => {
    const repository = await repositories.create("fetch/noise")
    const noise = crypto.getRandomValues(new Uint8Array(65_536))
    const chunks = Object.fromEntries(
      Array.from({ length: 40 }, (_, i) => [`n${i}`, mix(noise, i)]),
    )
    const commit = await repository.commit(chunks)

    const git = open({ maxRepositoryBytes: 1024 * 1024 })
    const fetching = git.fetchSource({ repo: "fetch/noise", commit }, folder, signal)

    await expect(fetching).rejects.toMatchObject({ code: "repository_too_large" })
  })
})

describe("where from", () => {
  test.for([
    "https://evil.example/where/from",
    "http://github.com/where/from",
    "file:///where/from",
    "/where/from",
    "ext::sh -c touch% /tmp/pwned",
    "https://github.com@evil.example/where/from",
    "https://github.com/where/../../from",
    "--upload-pack=evil/x",
  ])("%s is refused", async (repo, { open }) => {
    const resolving = open().resolveCommit(repo, "main", signal)

    await expect(resolving).rejects.toMatchObject({ code: "repository_not_found" })
  })

  test.for([
    "https://github.com/where/to",
    "https://GitHub.com/where/to/",
    "git@github.com:where/to",
    "ssh://git@github.com/where/to",
    "github.com/where/to",
    "where/to",
  ])("%s leads to the repository", async (repo, { repositories, open }) => {
    const commit = await (await repositories.create("where/to")).commit({ a: "1" })

    expect(await open().resolveCommit(repo, "main", signal)).toBe(commit)
  })

  test("an unknown repository is not found", async ({ open }) => {
    const resolving = open().resolveCommit("nobody/nothing", "main", signal)

    await expect(resolving).rejects.toMatchObject({ code: "repository_not_found" })
  })

  test("folders of this machine need leave", async ({ repositories, open }) => {
    await (await repositories.create("where/leave")).commit({ a: "1" })
    const git = open({ allowLocalFolders: false })

    await expect(git.resolveCommit("where/leave", "main", signal)).rejects.toThrow(RepositoryError)
  })

  test("a host that does not answer is our trouble", async ({ open, folder }) => {
    await mkdir(folder)
    const configFile = join(folder, "gitconfig")
    await writeFile(configFile, '[url "https://127.0.0.1:1/"]\n  insteadOf = https://github.com/\n')
    const git = open({ configFile })

    const resolving = git.resolveCommit("where/dead", "main", signal)

    await expect(resolving).rejects.toMatchObject({ code: "repository_unreachable" })
  })

  test("an operation can be given up", async ({ repositories, open }) => {
    await (await repositories.create("where/given-up")).commit({ a: "1" })

    const resolving = open().resolveCommit("where/given-up", "main", AbortSignal.abort("enough"))

    await expect(resolving).rejects.toBe("enough")
  })
})

/** Eight trees of ten entries each, all the same below: 10^8 files of one byte. */
async function commitBomb(repository: TestRepository): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "outlayer-bomb-"))
  try {
    await writeFile(join(folder, "one"), "x")
    const blob = await repository.git("hash-object", "-w", join(folder, "one"))
    let object = { kind: "100644", hash: blob }
    for (let depth = 0; depth < 8; depth += 1) {
      const entries = Array.from({ length: 10 }, (_, i) =>
        treeEntry(object.kind, `e${i}`, object.hash),
      )
      await writeFile(join(folder, "tree"), Buffer.concat(entries))
      const hash = await repository.git("hash-object", "-w", "-t", "tree", join(folder, "tree"))
      object = { kind: "40000", hash }
    }
    return await repository.git("commit-tree", object.hash, "-m", "bomb")
  } finally {
    await rm(folder, { recursive: true })
  }
}

function treeEntry(mode: string, name: string, hash: string): Buffer {
  return Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(hash, "hex")])
}

function mix(bytes: Uint8Array, by: number): Uint8Array {
  return bytes.map((byte, index) => byte ^ (by * 31 + index * by))
}
