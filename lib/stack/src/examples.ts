/**
 * The example guests as Git repositories of this machine. Git's own `insteadOf` maps an address on
 * GitHub to them, so everything downstream sees the address and goes the way of a real repository.
 */
import { execFile } from "node:child_process"
import { cp, mkdir, readdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

const SOURCES = fileURLToPath(new URL("../../../wasi-examples/", import.meta.url))
const OWNER = "outlayer-examples"

const run = promisify(execFile)

export interface Repositories {
  /** For `GIT_CONFIG_GLOBAL` of coordinator and worker. */
  configFile: string
  /** The folder behind `https://github.com/outlayer-examples/`. */
  folder: string
  addressOf(name: string): string
}

/** Publishes every example below `folder`, each with one commit on `main`. */
export async function publishExamples(folder: string): Promise<Repositories> {
  const repositories = await openRepositories(folder)
  const entries = await readdir(SOURCES, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  await Promise.all(
    names.map((name) => publish(repositories, name, (tree) => copySources(name, tree))),
  )
  return repositories
}

/** An empty place for repositories, with the configuration that leads to it. */
async function openRepositories(folder: string): Promise<Repositories> {
  await mkdir(folder, { recursive: true })
  const configFile = join(folder, "gitconfig")
  await writeFile(
    configFile,
    `[url "file://${folder}/"]\n\tinsteadOf = https://github.com/${OWNER}/\n[safe]\n\tdirectory = *\n`,
  )
  return { configFile, folder, addressOf: (name) => `https://github.com/${OWNER}/${name}` }
}

/** Makes, or adds a commit to, the repository `name`; returns the commit. `fill` writes its files. */
export async function publish(
  { folder }: Repositories,
  name: string,
  fill: (tree: string) => Promise<void>,
): Promise<string> {
  const tree = join(folder, name)
  await mkdir(tree, { recursive: true })
  await fill(tree)
  const { stdout } = await run("sh", ["-c", COMMIT], { cwd: tree, env: GIT_ENVIRONMENT })
  return stdout.trim()
}

const COMMIT = `
  git init --quiet --initial-branch=main && git add --all &&
    git commit --quiet --message=Example && git rev-parse HEAD
`

function copySources(name: string, tree: string): Promise<void> {
  const isSource = (path: string) => !/\/(target|node_modules)(\/|$)/.test(path)
  return cp(join(SOURCES, name), tree, { recursive: true, filter: isSource })
}

/** The same commit on every machine, whoever is logged in and however Git is set up. */
const GIT_ENVIRONMENT = {
  PATH: process.env["PATH"],
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_SYSTEM: "/dev/null",
  GIT_AUTHOR_NAME: "OutLayer",
  GIT_AUTHOR_EMAIL: "examples@outlayer.invalid",
  GIT_AUTHOR_DATE: "2026-01-01T00:00:00Z",
  GIT_COMMITTER_NAME: "OutLayer",
  GIT_COMMITTER_EMAIL: "examples@outlayer.invalid",
  GIT_COMMITTER_DATE: "2026-01-01T00:00:00Z",
}
