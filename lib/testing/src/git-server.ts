/** A forge in small: Git's own HTTP backend behind TLS, for folders of repositories. */
import { execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import type { IncomingMessage, ServerResponse } from "node:http"
import { createServer } from "node:https"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"

export interface GitServer extends AsyncDisposable {
  /** A Git configuration that maps `https://github.com/` to the server and trusts it. */
  configFile: string
  /** Answers instead of the backend where it returns true. */
  intercept: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined
}

/** Needs the program openssl, for the certificate. `folder` holds `owner/name`, each with a `.git`. */
export async function startGitServer(folder: string): Promise<GitServer> {
  const home = await mkdtemp(join(tmpdir(), "outlayer-git-server-"))
  const [key, cert] = [join(home, "key.pem"), join(home, "cert.pem")]
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
  const files = ["-keyout", key, "-out", cert]
  await promisify(execFile)("openssl", ["req", "-x509", ...kind, ...files, ...subject])
  const server = createServer({ key: await readFile(key), cert: await readFile(cert) })
  const configFile = join(home, "gitconfig")
  const gitServer: GitServer = {
    configFile,
    intercept: undefined,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await rm(home, { recursive: true, force: true })
    },
  }
  server.on("request", (request, response) => {
    if (!gitServer.intercept?.(request, response)) serve(folder, request, response)
  })
  server.listen(0, "localhost")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  const lines = [
    `[url "https://localhost:${port}/"]`,
    "  insteadOf = https://github.com/",
    "[http]",
    `  sslCAInfo = ${cert}`,
    "",
  ]
  await writeFile(configFile, lines.join("\n"))
  return gitServer
}

/** RFC 3875: the request in variables and on stdin; the answer's header before an empty line. */
function serve(folder: string, request: IncomingMessage, response: ServerResponse): void {
  const [path = "", query = ""] = (request.url ?? "").split("?")
  const { headers, method = "GET" } = request
  const backend = spawn("git", ["http-backend"], {
    env: {
      PATH: process.env["PATH"],
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: "1",
      GIT_PROTOCOL: String(headers["git-protocol"] ?? ""),
      HTTP_CONTENT_ENCODING: String(headers["content-encoding"] ?? ""),
      CONTENT_TYPE: headers["content-type"] ?? "",
      CONTENT_LENGTH: headers["content-length"] ?? "",
      PATH_INFO: decodeURIComponent(path),
      QUERY_STRING: query,
      REQUEST_METHOD: method,
    },
    stdio: ["pipe", "pipe", "ignore"],
  })
  backend.stdin.on("error", () => {})
  request.pipe(backend.stdin)
  const chunks: Buffer[] = []
  backend.stdout.on("data", (chunk: Buffer) => chunks.push(chunk))
  backend.on("close", () => {
    const answer = Buffer.concat(chunks)
    const end = answer.indexOf("\r\n\r\n")
    for (const line of answer.subarray(0, end).toString().split("\r\n")) {
      const [name = "", value = ""] = line.split(": ")
      if (name === "Status") response.statusCode = Number.parseInt(value, 10)
      else response.setHeader(name, value)
    }
    response.end(answer.subarray(end + 4))
  })
}
