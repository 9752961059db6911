import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { REASONS } from "./refusal.ts"

test("docs/tee.md names every reason, with its meaning", () => {
  const page = readFileSync(new URL("../../../../docs/tee.md", import.meta.url), "utf8")
  const rows = [
    ...page.slice(page.indexOf("## Reasons")).matchAll(/^\| `([a-z_]+)` +\| (.+?) +\|$/gm),
  ]
  const named = Object.fromEntries(rows.map(([, reason, meaning]) => [reason, meaning]))

  expect(named).toEqual(REASONS)
})
