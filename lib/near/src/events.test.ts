import { expect, test } from "vitest"
import { parseEvent } from "./events.ts"

test("an event of ours gives its name and its first datum", () => {
  const log = `EVENT_JSON:${JSON.stringify({
    standard: "near-outlayer",
    version: "1.0.0",
    event: "execution_requested",
    data: [{ timestamp: 5 }],
  })}`
  expect(parseEvent(log)).toEqual({ event: "execution_requested", data: { timestamp: 5 } })
})

test.each([
  "hello",
  "EVENT_JSON:",
  "EVENT_JSON:{",
  'EVENT_JSON:{"standard":"nep141","version":"1.0.0","event":"ft_mint","data":[{}]}',
  'EVENT_JSON:{"standard":"near-outlayer","event":"execution_requested","data":[]}',
])("%s is no event of ours", (log) => {
  expect(parseEvent(log)).toBeUndefined()
})
