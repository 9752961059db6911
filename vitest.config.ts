import { defineConfig } from "vitest/config"

/** One Postgres, and Redis where the machine has it, for all that ask. */
const servers = ["./lib/testing/src/global-setup.ts"]

export default defineConfig({
  test: {
    silent: "passed-only",
    // Left alone it takes one core fewer than there are; tests wait for other processes half of the time.
    maxWorkers: 2,
    // For the end of Postgres: ten seconds are cut short on a machine that has other things to do.
    teardownTimeout: 60_000,
    reporters: ["default", "./lib/testing/src/closing-lines.ts"],
    projects: [
      project("unit", "**/src/**/!(*.db).test.ts"),
      project("contract", "contract/test/**/*.test.ts"),
      project("db", "**/src/**/*.db.test.ts", servers),
      project("e2e", "e2e/*.test.ts", [], 600_000),
    ],
  },
})

function project(name: string, include: string, globalSetup: string[] = [], timeout = 300_000) {
  const exclude = ["**/node_modules/**"]
  // Ten times what a busy machine needs: a test ends when it is done, and this is for those that hang.
  // No test has less than that: a limit of its own would be the first to be met on a slow machine.
  const timeouts = { testTimeout: timeout, hookTimeout: timeout }
  const expect = { poll: { timeout: 120_000 } }
  return { test: { name, include: [include], exclude, globalSetup, ...timeouts, expect } }
}
