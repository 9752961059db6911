import { expect, test } from "vitest"
import { z } from "zod"
import { list, loadConfig, secret } from "./config.ts"

const shape = { PORT: z.coerce.number().default(1), TOKEN: secret, HOSTS: list.default([]) }

test("one message lists every problem, those between variables too", () => {
  const load = () => loadConfig(shape, { PORT: "x", TOKEN: "" }, () => ["PORT needs HOSTS"])

  expect(load).toThrow(/PORT[^]*TOKEN[^]*PORT needs HOSTS/)
})

test("what is empty counts as absent", () => {
  expect(loadConfig(shape, { PORT: "", TOKEN: "t", HOSTS: " a, b ," })).toMatchObject({
    PORT: 1,
    HOSTS: ["a", "b"],
  })
})

test("a secret does not print", () => {
  const { TOKEN } = loadConfig(shape, { TOKEN: "hunter2" })

  expect(JSON.stringify({ TOKEN }) + String(TOKEN)).not.toContain("hunter2")
  expect(TOKEN.reveal()).toBe("hunter2")
})
