import { expect, test } from "vitest"
import { chooseWitnesses } from "./choose-witnesses.ts"

const ONE = "https://rpc.example/?apiKey=hidden"
const THREE = ["https://a.example", "https://b.example", "https://c.example"]

test.for([ONE, "https://localhost.example", "http://127.0.0.1.example", "http://10.0.0.1:3030"])(
  "one endpoint is not believed: %s",
  (url) => {
    expect(warningsOf([url], undefined)).toBe("bad_request")
  },
)

test("several that must agree are, without a warning", () => {
  expect(warningsOf(THREE, 2)).toEqual([])
})

test.for([
  [ONE, 1],
  ["http://127.0.0.1:3030", undefined],
  ["http://localhost:3030", undefined],
  ["http://[::1]:3030", undefined],
] as const)(
  "one is where its owner says so, or on this machine, with a warning: %j",
  ([url, quorum]) => {
    const warnings = warningsOf([url], quorum)

    expect(warnings).toEqual([expect.stringContaining(`WARNING: ${new URL(url).host} alone`)])
    expect(String(warnings)).not.toContain("hidden")
  },
)

function warningsOf(urls: string[], quorum: number | undefined): string[] | string {
  const warnings: string[] = []
  try {
    chooseWitnesses({ urls, quorum }, (line) => warnings.push(line))
  } catch (error) {
    return (error as { code: string }).code
  }
  return warnings
}
