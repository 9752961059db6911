import { expect, test } from "vitest"
import { type Allow, parseAllowList, parseHosts } from "./allow-list.ts"
import { parseAuthority } from "./authority.ts"

test.each([
  [["api.example.com"], "https://api.example.com", true],
  [["api.example.com"], "https://API.example.com.", true],
  [["api.example.com"], "http://api.example.com", false],
  [["api.example.com"], "https://api.example.com:8443", false],
  [["api.example.com"], "https://example.com", false],
  [["api.example.com"], "https://a.api.example.com", false],
  [["api.example.com:8443"], "https://api.example.com:8443", true],
  [["api.example.com:8443"], "https://api.example.com", false],
  [["http://api.example.com"], "http://api.example.com", true],
  [["http://api.example.com"], "https://api.example.com", false],
  [["http://api.example.com:8080"], "http://api.example.com:8080", true],
  [["*.example.com"], "https://a.b.example.com", true],
  [["*.example.com"], "https://example.com", false],
  [["*.example.com"], "https://evilexample.com", false],
  [["*.example.com:8443"], "https://a.example.com:8443", true],
  [["*"], "https://anything.org", true],
  [["*"], "https://8.8.8.8", true],
  [["*"], "https://anything.org:22", false],
  [["*"], "http://anything.org", false],
  [["*:8443"], "https://anything.org:8443", true],
  [["http://*"], "http://anything.org", true],
  [["127.0.0.1:8080"], "https://127.0.0.1:8080", true],
  [["[::1]:8080"], "https://[::1]:8080", true],
  [["a.org", "b.org"], "https://b.org", true],
  [[], "https://b.org", false],
])("%j and %s: %s", (entries, url, isAllowed) => {
  expect(ask(parseAllowList(entries), url)).toBe(isAllowed)
})

test.each([
  "",
  "**",
  "*.*",
  "a.*.com",
  "*a.com",
  "*.127.0.0.1",
  "ftp://a.com",
  "https://a.com/",
  "a.com:0",
  "a com",
  "127.1",
])("%j is no entry", (entry) => {
  expect(() => parseAllowList([entry])).toThrow(`"${entry}" is no host`)
})

test("a request names hosts for both schemes, and its port is the scheme's own", () => {
  const allow = parseHosts(["a.org", "b.org:8080"])

  const urls = ["https://a.org", "http://a.org", "https://b.org:8080", "http://b.org:8080"]
  expect(urls.map((url) => ask(allow, url))).toEqual([true, true, true, true])
  const others = ["https://a.org:80", "https://b.org", "https://c.a.org"]
  expect(others.map((url) => ask(allow, url))).toEqual([false, false, false])
})

function ask(allow: Allow, url: string): boolean {
  const [scheme = "", authority = ""] = url.split("://")
  const is = scheme === "http" ? "http" : "https"
  const target = parseAuthority(authority, is)
  return target !== undefined && allow(target, is)
}
