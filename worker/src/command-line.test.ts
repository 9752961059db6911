import { expect, test } from "vitest"
import { callersFolder } from "./command-line.ts"

test("under npm the caller stands where he called it", () => {
  const env = { npm_lifecycle_event: "run", INIT_CWD: "/home/somebody" }

  expect(callersFolder("run", env, "/repository")).toBe("/home/somebody")
  expect(callersFolder("replay", env, "/here")).toBe("/here")
  expect(callersFolder("run", {}, "/here")).toBe("/here")
})
