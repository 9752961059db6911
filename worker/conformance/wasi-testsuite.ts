/**
 * Runs WebAssembly/wasi-testsuite's precompiled preview 1 tests in the sandbox: `npm run -s
 * wasi-testsuite DIR`, where DIR has the branch prod/testsuite-base. Exit code 0 only if all pass.
 */
import { glob, readdir, readFile } from "node:fs/promises"
import { dirname, join, relative, resolve } from "node:path"
import { identify } from "../src/sandbox/program.ts"
import { createSandbox, type Execution } from "../src/sandbox/sandbox.ts"
import { readSpecification, type Specification } from "./specification.ts"

const LIMITS = {
  maxInstructions: 10n ** 10n,
  maxMemoryMb: 64,
  maxExecutionMs: 30_000,
  maxOutputBytes: 1_000_000,
}

const [directory] = process.argv.slice(2)
if (directory === undefined) {
  process.stderr.write("usage: npm run -s wasi-testsuite DIR\n")
  process.exit(2)
}

const log = { info() {}, warn() {} }
await using sandbox = await createSandbox({ minLevel: "process", poolSize: 2, log })
const modules: string[] = []
for await (const name of glob("**/testsuite/wasm32-wasip1/*.wasm", { cwd: directory }))
  modules.push(name)
let passed = 0
for (const name of modules.toSorted()) {
  const differences = await runTest(resolve(directory, name))
  if (differences.length === 0) passed += 1
  else print(`${name}: ${differences.join("; ")}`)
}
print(`${passed} of ${modules.length} preview 1 tests pass at level ${sandbox.level}`)
process.exitCode = passed === modules.length && passed > 0 ? 0 : 1

async function runTest(module: string): Promise<string[]> {
  const wasm = await readFile(module)
  const specification = await readSpecification(module.replace(/\.wasm$/, ".json"))
  const { root, args, env } = specification
  const execution = await sandbox.run(
    identify(wasm),
    {
      stdin: new Uint8Array(0),
      arguments: args,
      environment: env,
      ...(root !== undefined && { files: await readFolder(join(dirname(module), root)) }),
    },
    LIMITS,
  )
  return compare(execution, specification)
}

function compare(execution: Execution, { exitCode, stdout, stderr }: Specification): string[] {
  const { outcome } = execution
  const ended = outcome.kind === "ok" ? 0 : outcome.kind === "exit_nonzero" ? outcome.exitCode : -1
  const written = Buffer.from(execution.output).toString()
  const complaint = Buffer.from(execution.stderrTail).toString()
  return [
    ended !== exitCode && `${JSON.stringify(outcome)}, not exit code ${exitCode}: ${complaint}`,
    stdout !== undefined && written !== stdout && `stdout is ${JSON.stringify(written)}`,
    stderr !== undefined && complaint !== stderr && `stderr is ${JSON.stringify(complaint)}`,
  ].filter((difference) => difference !== false)
}

async function readFolder(folder: string): Promise<Record<string, Uint8Array>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries
    // Left behind by other runners.
    .filter(({ name }) => !name.endsWith(".cleanup"))
    .map(async (entry): Promise<[string, Uint8Array]> => {
      const path = join(entry.parentPath, entry.name)
      const inside = relative(folder, path)
      return entry.isDirectory()
        ? [`${inside}/`, new Uint8Array(0)]
        : [inside, await readFile(path)]
    })
  return Object.fromEntries(await Promise.all(files))
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
