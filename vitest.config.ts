import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

/** One Postgres, and Redis where the machine has it, for all that ask. */
const servers = ["./lib/testing/src/global-setup.ts"]

export default defineConfig({
  test: {
    silent: "passed-only",
    reporters: ["default", "./lib/testing/src/closing-lines.ts"],
    projects: [
      project("unit", "**/src/**/!(*.db).test.ts"),
      contracts("contract/test/**/*.test.ts"),
      project("db", "**/src/**/*.db.test.ts", servers),
    ],
  },
})

function project(name: string, include: string, globalSetup: string[] = []) {
  const exclude = ["**/node_modules/**"]
  // A cold machine takes seconds to start a server.
  return { test: { name, include: [include], exclude, globalSetup, testTimeout: 30_000 } }
}

/** On localnet, posing as the sandbox that near-workspaces starts. */
function contracts(include: string) {
  const folder = fileURLToPath(new URL("contract/test", import.meta.url))
  const env = {
    NEAR_SANDBOX_BIN_PATH: `${folder}/near-sandbox`,
    NEAR_SANDBOX_BINARY_PATH: folder,
  }
  const { test } = project("contract", include)
  return {
    test: {
      ...test,
      env,
      testTimeout: 60_000,
      expect: { poll: { timeout: 20_000 } },
    },
  }
}
