/** Runs recorded calls and says where ours differ. */
import { readdir } from "node:fs/promises"
import { join } from "node:path"
import { isDeepStrictEqual } from "node:util"
import { callContract, type CallOutcome, type LoadedContract, loadContract } from "../vm/vm.ts"
import { recordedOutcome } from "./recorded-outcome.ts"
import {
  callContextOf,
  readVectorFile,
  type VectorCase,
  type VectorFile,
  wasmOf,
} from "./vector-file.ts"
import { VectorWorld } from "./vector-world.ts"

export interface VectorResult {
  category: string
  /** File and case. */
  name: string
  differences: Difference[]
}

export interface Difference {
  field: string
  expected: unknown
  actual: unknown
}

/** Of a folder with `cases`, or of `cases` itself. Every JSON file there is one of calls. */
export async function vectorFilesOf(directory: string): Promise<string[]> {
  const entries = await readdir(directory)
  if (entries.includes("cases")) return vectorFilesOf(join(directory, "cases"))
  return entries
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => join(directory, name))
}

export async function runVectorFile(path: string): Promise<VectorResult[]> {
  const file = await readVectorFile(path)
  const contract = loadContract(wasmOf(file), path)
  return file.cases.map((vector) => ({
    category: file.category,
    name: `${file.name}/${vector.name}`,
    differences: differencesOf(file, vector, contract),
  }))
}

function differencesOf(
  file: VectorFile,
  vector: VectorCase,
  contract: LoadedContract,
): Difference[] {
  const context = callContextOf(file, vector)
  const world = new VectorWorld(file, vector)
  let outcome: CallOutcome
  try {
    outcome = callContract(contract, vector.method, context, world)
  } catch (error) {
    return [{ field: "a fault of ours", expected: undefined, actual: error }]
  }
  const actual = recordedOutcome(outcome, context, vector.storage_before ?? {}, world.storage)
  const fields = new Set([...Object.keys(vector.expect), ...Object.keys(actual)])
  return [...fields]
    .map((field) => ({ field, expected: vector.expect[field], actual: actual[field] }))
    .filter(({ expected, actual: ours }) => !isDeepStrictEqual(expected, ours))
}
