import { defineConfig } from "vitest/config"

/** One Postgres, and Redis where the machine has it, for all that ask. */
const servers = ["./lib/testing/src/global-setup.ts"]

export default defineConfig({
  test: {
    silent: "passed-only",
    reporters: ["default", "./lib/testing/src/closing-lines.ts"],
    projects: [
      project("unit", "**/src/**/!(*.db).test.ts"),
      project("contract", "contract/test/**/*.test.ts", [], 60_000),
      project("db", "**/src/**/*.db.test.ts", servers),
      project("e2e", "e2e/*.test.ts", [], 180_000),
    ],
  },
})

function project(name: string, include: string, globalSetup: string[] = [], timeout = 30_000) {
  const exclude = ["**/node_modules/**"]
  // A cold machine takes seconds to start a server, and half a minute to start the whole system.
  const timeouts = { testTimeout: timeout, hookTimeout: timeout }
  const expect = { poll: { timeout: 20_000 } }
  return { test: { name, include: [include], exclude, globalSetup, ...timeouts, expect } }
}
