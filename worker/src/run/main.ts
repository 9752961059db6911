/**
 * `npm run -s run`: a guest as a program of this machine, with a worker's metering, limits and
 * walls. stdin, stdout, stderr and the exit code are the guest's; what we say goes to stderr.
 */
import { readFile } from "node:fs/promises"
import { basename, resolve } from "node:path"
import { callersFolder } from "../command-line.ts"
import { recordHttp } from "../replay/record-http.ts"
import { identify } from "../sandbox/program.ts"
import { createSandbox, type GuestInput } from "../sandbox/sandbox.ts"
import { parseCommand, USAGE, UsageError } from "./arguments.ts"
import { endingOf, EXIT } from "./ending.ts"
import { mountFolders } from "./folders.ts"
import { openHosts } from "./hosts.ts"
import { describeRun } from "./statistics.ts"
import { readStdin } from "./stdin.ts"
import { writeRecords } from "./write-records.ts"

process.exit(await main())

async function main(): Promise<number> {
  try {
    return await runCommand()
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
    if (error instanceof UsageError) process.stderr.write(USAGE)
    return error instanceof UsageError ? EXIT.usage : EXIT.failed
  }
}

async function runCommand(): Promise<number> {
  const here = callersFolder("run", process.env)
  const command = parseCommand(process.argv.slice(2), process.env)
  if (!command) {
    process.stdout.write(USAGE)
    return 0
  }
  const { limits, minLevel, environment } = command
  const inFolder = (file: string | undefined) => file && resolve(here, file)
  const wasm = await readFile(resolve(here, command.module)).catch((error: unknown) => {
    say(error instanceof Error ? error.message : String(error))
  })
  if (!wasm) return EXIT.not_found
  const folders = await mountFolders(
    command.folders.map(({ host, guest }) => ({ host: resolve(here, host), guest })),
  )
  for (const path of folders.leftOut) say(`${path} is left out`)

  const interrupted = new AbortController()
  let signalNumber = 0
  for (const [name, number] of [
    ["SIGINT", 2],
    ["SIGTERM", 15],
    ["SIGHUP", 1],
  ] as const)
    process.on(name, () => interrupted.abort((signalNumber = number)))
  // Whoever read our output has gone: 141 is SIGPIPE.
  process.stdout.on("error", () => interrupted.abort((signalNumber = 13)))
  process.stderr.on("error", () => {})

  const program = identify(wasm)
  const input: GuestInput = {
    stdin: new Uint8Array(0),
    environment,
    programName: basename(command.module),
    arguments: command.arguments,
    files: folders.files,
  }
  const client = await openHosts(command.hosts)
  const http = client && recordHttp(client)
  await using sandbox = await createSandbox({
    minLevel,
    poolSize: 2,
    log: { info() {}, warn() {} },
  })
  const execution = await sandbox.run(program, input, limits, {
    signal: interrupted.signal,
    onOutput: (bytes) => process.stdout.write(bytes),
    onErrors: (bytes) => process.stderr.write(bytes),
    readStdin,
    returnsFiles: true,
    http: http?.client,
  })
  const { exitCode, line } = endingOf(execution.outcome)
  if (signalNumber === 0 && line !== undefined) say(line)
  const problems = execution.files ? await folders.writeBack(execution.files) : []
  for (const problem of problems) say(`not copied back: ${problem}`)
  const run = { request: null, program, input, limits, execution, http: http?.exchanges ?? [] }
  await writeRecords(run, {
    receipt: inFolder(command.receipt),
    transcript: inFolder(command.transcript),
  })
  if (command.showsStats) process.stderr.write(describeRun(execution, limits))
  if (signalNumber > 0) return 128 + signalNumber
  return problems.length > 0 && exitCode === 0 ? EXIT.failed : exitCode
}

function say(line: string): void {
  process.stderr.write(`run: ${line}\n`)
}
