import { spawn } from "node:child_process"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import { environment } from "@outlayer/testing/machine"
import { expect, test } from "vitest"

const PROGRAMS = fileURLToPath(new URL("../../conformance/programs.ts", import.meta.url))
const folder = environment["GUEST_PROGRAMS"]

/** As `npm run -s programs DIR` does, whose last line counts those that pass. */
test("programs that others wrote run as guests, and their replays prove it", async (context) => {
  if (folder === undefined) return context.skip("GUEST_PROGRAMS names no folder of such programs")

  const child = spawn(process.execPath, [PROGRAMS, folder], { stdio: ["ignore", "pipe", "pipe"] })
  const ended = new Promise<number | null>((done) => child.once("close", done))
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])

  expect({ code: await ended, stdout, stderr }).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^(\d+) of \1 pass$/m),
  })
})
