/** For a test that kills it: a process with a build that does nothing for long. Arguments: the walls, and for
 * how many seconds. */
import { probeBubblewrap } from "./bubblewrap.ts"
import { createNativeConfinement } from "./native.ts"
import { openWorkshop } from "./workshop.ts"

const isNative = process.argv[2] === "native"
const walls = isNative ? await createNativeConfinement(true) : await probeBubblewrap()
if (!walls) throw new Error("no such walls here")
await using workshop = await openWorkshop(
  walls,
  performance.now() + 60_000,
  new AbortController().signal,
)
const { inside } = workshop
const args = ["-c", `sleep ${process.argv[3]}; exit 0`]
await workshop.run({ program: "/bin/sh", args, cwd: inside, readOnly: [] })
