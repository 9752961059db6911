import { RepositoryError } from "@outlayer/git"
import { expect, test } from "vitest"
import { createCommitResolver } from "./resolve-commit.ts"

const HASH = "a".repeat(40)

test("many who ask the same at once make one question", async () => {
  let questions = 0
  const resolve = createCommitResolver({
    async resolveCommit() {
      questions++
      return HASH
    },
  })

  const answers = await Promise.all([1, 2, 3].map(() => resolve("owner/name", "main")))

  expect(answers).toEqual([{ commit: HASH }, { commit: HASH }, { commit: HASH }])
  expect(questions).toBe(1)
})

test("what the repository lacks is an answer, what we lack is an error", async () => {
  const answers = [
    new RepositoryError("commit_not_found", "No branch or tag nope"),
    new Error("No space left on device"),
  ]
  const resolve = createCommitResolver({
    resolveCommit: () => Promise.reject(answers.shift() ?? new Error("asked too often")),
  })

  expect(await resolve("owner/name", "nope")).toEqual({
    failure: { code: "commit_not_found", message: "No branch or tag nope" },
  })
  await expect(resolve("owner/name", "main")).rejects.toThrow("No space left")
})
