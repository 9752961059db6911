/** `outlayer.json`: what a C repository says about itself. */
import { z } from "zod"

const path = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9_+.-]+(?:\/[A-Za-z0-9_+.-]+)*$/, "a path inside the repository")
  .refine((text) => !text.split("/").some((part) => part === ".." || part.startsWith("-")), {
    error: "a path inside the repository",
  })

export const ClangProject = z.strictObject({
  /** Compiled and linked together. */
  sources: z.array(path.endsWith(".c")).min(1).max(500),
  /** Folders to look for headers in, besides each source's own. */
  include: z.array(path).max(50).default([]),
  defines: z.record(z.string().regex(/^[A-Za-z_]\w*$/), z.string().max(200)).default({}),
})
export type ClangProject = z.infer<typeof ClangProject>
