import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"
import allowed from "../dependencies.json" with { type: "json" }
import { listDependencies } from "./testing/dependency-list.ts"

test("nothing runs beside the master key that is not on the list", () => {
  const keystore = fileURLToPath(new URL("..", import.meta.url))

  // Whoever adds to the list has read what the package does.
  expect(listDependencies(keystore)).toEqual(allowed)
})
