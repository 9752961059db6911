import { expect } from "vitest"
import { story } from "./system.ts"

const test = story({ workerEnv: { NEARDATA_API_URL: undefined } })

test("without a source of blocks the contract's own list of requests is enough", async ({
  system,
}) => {
  const answer = await system.probe("text 7")

  expect(answer.value).toBe("a".repeat(7))
  expect(system.logs.map(({ msg }) => msg)).toContain("pending request found")
  expect(system.logs.map(({ msg }) => msg)).not.toContain("watching blocks")
})
