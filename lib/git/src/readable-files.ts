/** What Git reads of this machine when it is run with our environment: an operator's own files. */
import { dirname, isAbsolute } from "node:path"
import { runProcess } from "@outlayer/service"
import type { GitOptions } from "./git.ts"

/** Those of `pickNetworkVariables` that are files or folders. */
const FILES = ["GIT_SSL_CAINFO", "SSL_CERT_FILE", "SSL_CERT_DIR", "CARGO_HTTP_CAINFO"]

/** git-config(1): authorities, for all hosts or for one. */
const AUTHORITY = /^http\.(?:.*\.)?sslca(?:info|path)$/

export async function listReadableFiles(options: GitOptions): Promise<string[]> {
  const { configFile, allowLocalFolders, environment = {} } = options
  const variables = FILES.flatMap((name) => environment[name] ?? [])
  const configuration = configFile === undefined ? [] : await readConfiguration(configFile)
  // The folders that it maps addresses to lie beside it.
  if (configFile !== undefined && allowLocalFolders) configuration.push(dirname(configFile))
  return [...new Set([...variables, ...configuration])].filter((path) => isAbsolute(path))
}

/** The file itself, those that it includes, and the authorities that they name. */
async function readConfiguration(configFile: string): Promise<string[]> {
  const list = ["config", "--file", configFile, "--includes", "--list", "--show-origin", "-z"]
  const { stdout } = await runProcess("git", list, {
    cwd: "/",
    env: { PATH: "/usr/local/bin:/usr/bin:/bin", GIT_CONFIG_NOSYSTEM: "1" },
    timeoutMs: 10_000,
    signal: new AbortController().signal,
  })
  // `file:<path> NUL <name> LF <value> NUL`
  const words = stdout.split("\0")
  const origins = words.filter((_, index) => index % 2 === 0)
  const settings = words.filter((_, index) => index % 2 === 1).map((word) => word.split("\n"))
  const files = origins.map((origin) => origin.replace(/^file:/, ""))
  const authorities = settings.filter(([name = ""]) => AUTHORITY.test(name))
  return [configFile, ...files, ...authorities.map(([, value = ""]) => value)]
}
