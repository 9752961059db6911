/** What a child may report. Its last word may be a guest's: nothing is taken unchecked. */
import { z } from "zod"
import type { GuestOutcome } from "../wire.ts"

const Text = z.string().transform((text) => text.replace(/[^\x20-\x7e]/g, "?").slice(0, 200))

const Frame = z.object({
  module: Text.optional(),
  function: z.int().nonnegative(),
  name: Text.optional(),
  offset: z.int().nonnegative(),
})

const Outcome = z.discriminatedUnion("kind", [
  z.object({
    kind: z.enum(["ok", "out_of_fuel", "timed_out"]),
  }),
  z.object({ kind: z.literal("out_of_memory"), of: z.literal("engine").optional() }),
  z.object({ kind: z.enum(["output_too_large", "stack_overflow"]) }),
  z.object({ kind: z.literal("trap"), trap: Text, where: z.array(Frame).max(8) }),
  z.object({ kind: z.literal("exit_nonzero"), exitCode: z.int().min(1).max(0xffffffff) }),
  z.object({ kind: z.literal("refused"), reason: Text }),
]) satisfies z.ZodType<GuestOutcome>

const Report = z.discriminatedUnion("kind", [
  z.object({ kind: z.enum(["compiled", "metered"]) }),
  z.object({ kind: z.literal("refused"), code: Text, reason: Text }),
  z.object({
    kind: z.literal("ran"),
    outcome: Outcome,
    instructions: z
      .string()
      .regex(/^\d{1,18}$/)
      .transform(BigInt),
    stderrTail: z.base64().max(16_384),
  }),
])
export type Report = z.output<typeof Report>

/** Throws for anything else. */
export function parseReport(payload: Uint8Array): Report {
  return Report.parse(JSON.parse(new TextDecoder().decode(payload)))
}
