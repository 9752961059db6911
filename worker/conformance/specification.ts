/** What a test of the suite is started with and must end with: doc/specification.md there. */
import { readFile } from "node:fs/promises"
import { z } from "zod"

export interface Specification {
  args: string[]
  env: Record<string, string>
  /** A folder beside the test, to be given as `/`. */
  root?: string | undefined
  exitCode: number
  /** `undefined` where anything may be written. */
  stdout?: string | undefined
  stderr?: string | undefined
}

const Start = z.object({
  args: z.array(z.string()).default([]),
  env: z.record(z.string(), z.string()).default({}),
  root: z.string().nullish(),
})
const Legacy = z.strictObject({
  ...Start.shape,
  exit_code: z.int().default(0),
  stdout: z.string().optional(),
  stderr: z.string().optional(),
})
const Operation = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("run"), ...Start.shape }),
  z.strictObject({ type: z.literal("wait"), exit_code: z.int().default(0) }),
  z.strictObject({
    type: z.literal("read"),
    id: z.enum(["stdout", "stderr"]).default("stdout"),
    payload: z.string().default(""),
  }),
])
const Operations = z.strictObject({
  proposals: z.array(z.string()).max(0).optional(),
  operations: z.array(Operation),
})

/** Fails on what this runner does not know, so that no expectation is passed over. */
export async function readSpecification(file: string): Promise<Specification> {
  const json: unknown = JSON.parse(await readFile(file, "utf8").catch(orNone))
  const { operations } = Operations.safeParse(json).data ?? {}
  if (!operations) {
    const { root, exit_code, ...given } = Legacy.parse(json)
    return { ...given, root: root ?? undefined, exitCode: exit_code }
  }
  const specification: Specification = { args: [], env: {}, exitCode: 0 }
  for (const operation of operations) {
    if (operation.type === "run") {
      const { args, env, root } = operation
      Object.assign(specification, { args, env, root: root ?? undefined })
    } else if (operation.type === "wait") {
      specification.exitCode = operation.exit_code
    } else {
      specification[operation.id] = operation.payload
    }
  }
  return specification
}

/** A test without a file has the defaults. */
function orNone(error: unknown): string {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return "{}"
  throw error
}
