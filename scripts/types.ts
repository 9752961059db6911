/** Type-checks every project of the workspace, two at a time: `npm run -s types`. */
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"

const { stdout } = spawnSync("git", [
  "ls-files",
  "--cached",
  "--others",
  "--exclude-standard",
  "*tsconfig.json",
])
const projects = stdout.toString().trim().split("\n")
const queue = projects.values()
let failed = 0

await Promise.all([check(), check()])
process.stdout.write(
  `${projects.length - failed} of ${projects.length} projects have sound types\n`,
)
process.exitCode = failed > 0 ? 1 : 0

async function check() {
  for (const project of queue) {
    const tsc = spawn("tsc", ["--project", project], { stdio: ["ignore", "inherit", "inherit"] })
    const [exitCode] = await once(tsc, "close")
    if (exitCode !== 0) failed += 1
  }
}
