// A thread that runs clang once: LLVM is itself wasm and keeps its thread busy.
import { parentPort, workerData } from "node:worker_threads"
import { commands, Exit, runLLVM, type Tree } from "@yowasp/clang"

export interface ClangJob {
  readonly args: readonly string[]
  readonly files: Tree
  readonly output: string
}

export type ClangReply = { readonly output: Uint8Array } | { readonly problem: string }

const job = workerData as ClangJob // given by runClang
parentPort?.postMessage(await run(job))

async function run({ args, files, output }: ClangJob): Promise<ClangReply> {
  const said: Uint8Array[] = []
  const listen = (bytes: Uint8Array | null) => void (bytes && said.push(bytes.slice()))
  try {
    await runLLVM(undefined, {}, { fetchProgress: () => {} }) // loads it without a word
    const options = { stdout: listen, stderr: listen }
    const made = (await commands.clang([...args], files, options))?.[output]
    if (made instanceof Uint8Array) return { output: made }
    return { problem: `clang wrote no ${output}` }
  } catch (error) {
    if (!(error instanceof Exit)) throw error
    return { problem: Buffer.concat(said).toString() }
  }
}
