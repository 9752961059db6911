/** Real Git repositories in a temporary folder that stands for `https://github.com/`. */
import { execFile } from "node:child_process"
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { promisify } from "node:util"

export interface GitRepositories extends AsyncDisposable {
  /** Holds `owner/name` folders. */
  folder: string
  /** A Git configuration that maps `https://github.com/` to `folder`. */
  configFile: string
  create(ownerAndName: string): Promise<TestRepository>
}

export interface TestRepository {
  folder: string
  git(...args: string[]): Promise<string>
  /** Adds files to what the branch has, and gives the full hash. `main` unless told. */
  commit(files: Files, branch?: string): Promise<string>
}

/** By path: text, bytes, a symlink, or a program (its first bytes are `#!`). */
export type Files = Readonly<Record<string, string | Uint8Array | { symlink: string }>>

/** The same everywhere, so that equal files are equal commits. */
const who = { name: "Test", email: "test@example.com", date: "2026-01-01T00:00:00Z" }

export async function createRepositories(): Promise<GitRepositories> {
  const root = await mkdtemp(join(tmpdir(), "outlayer-repositories-"))
  const folder = join(root, "github.com")
  const configFile = join(root, "gitconfig")
  // What fetches from them may be nobody.
  await chmod(root, 0o755)
  await mkdir(folder)
  const mapping = [`[url "${folder}/"]`, "  insteadOf = https://github.com/"]
  await writeFile(configFile, [...mapping, "[safe]", "  directory = *", ""].join("\n"))
  return {
    folder,
    configFile,
    create: (ownerAndName) => createRepository(join(folder, ownerAndName)),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  }
}

async function createRepository(folder: string): Promise<TestRepository> {
  const git = (...args: string[]) => runGit(folder, args)
  await mkdir(folder, { recursive: true })
  await git("init", "--quiet", "--initial-branch=main")
  // As the forges do: commits without files, and any commit that they have, of forks too.
  await git("config", "uploadpack.allowFilter", "true")
  await git("config", "uploadpack.allowAnySHA1InWant", "true")
  return {
    folder,
    git,
    async commit(files, branch = "main") {
      const exists = await git("rev-parse", "--verify", "--quiet", `refs/heads/${branch}`).then(
        () => true,
        () => false,
      )
      if (exists) await git("checkout", "--quiet", branch)
      else await git("checkout", "--quiet", "--orphan", branch)
      for (const [path, content] of Object.entries(files)) await put(join(folder, path), content)
      await git("add", "--all", "--force")
      await git("commit", "--quiet", "--allow-empty", "--message=change")
      return await git("rev-parse", "HEAD")
    },
  }
}

async function put(path: string, content: Files[string]): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  if (typeof content === "object" && "symlink" in content)
    return await symlink(content.symlink, path)
  await writeFile(path, content)
  if (content.slice(0, 2) === "#!") await chmod(path, 0o755)
}

async function runGit(cwd: string, args: readonly string[]): Promise<string> {
  const env = {
    PATH: process.env["PATH"],
    LC_ALL: "C",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    // It goes on behind a commit's back, in a folder that a test may be removing.
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "maintenance.auto",
    GIT_CONFIG_VALUE_0: "false",
    GIT_AUTHOR_NAME: who.name,
    GIT_AUTHOR_EMAIL: who.email,
    GIT_AUTHOR_DATE: who.date,
    GIT_COMMITTER_NAME: who.name,
    GIT_COMMITTER_EMAIL: who.email,
    GIT_COMMITTER_DATE: who.date,
  }
  const { stdout } = await promisify(execFile)("git", args, { cwd, env })
  return stdout.trim()
}
