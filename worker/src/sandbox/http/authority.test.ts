import { expect, test } from "vitest"
import { parseAuthority, writeAuthority } from "./authority.ts"

test.each([
  ["example.com", "example.com", 443],
  ["EXAMPLE.com:8443", "example.com", 8443],
  ["example.com.", "example.com", 443],
  ["_dmarc.example.com", "_dmarc.example.com", 443],
  ["a--b.c", "a--b.c", 443],
  ["localhost:1", "localhost", 1],
  ["127.0.0.1:65535", "127.0.0.1", 65_535],
  ["[::1]", "::1", 443],
  ["[0:0:0:0::1]", "::1", 443],
  ["[::FFFF:127.0.0.1]", "::ffff:7f00:1", 443],
  ["[2606:4700:0::1111]:8443", "2606:4700::1111", 8443],
])("%s is %s, port %i", (authority, host, port) => {
  expect(parseAuthority(authority, "https")).toMatchObject({ host, port })
})

test.each([
  "",
  ".",
  "..",
  "a..b",
  ".a",
  "-a.com",
  "a-.com",
  "a b",
  "a\tb",
  "a\r\nb",
  "a\0",
  "bücher.example",
  "a%2eb",
  "user@example.com",
  "user:pass@example.com",
  "example.com/path",
  "example.com?query",
  "example.com#fragment",
  "example.com\\@evil.com",
  "example.com:",
  "example.com:0",
  "example.com:080",
  "example.com:65536",
  "example.com:+80",
  "example.com:80:80",
  "::1",
  "[::1",
  "[fe80::1%eth0]",
  "[127.0.0.1]",
  "[example.com]",
  "127.1",
  "2130706433",
  "0x7f000001",
  "0177.0.0.1",
  "1.2.3.4.5",
  "256.1.1.1",
  "example.0x1",
  "a".repeat(64),
  `${"a.".repeat(127)}a`,
])("%j is no authority", (authority) => {
  expect(parseAuthority(authority, "https")).toBeUndefined()
})

test("a port is written where it is not the scheme's own", () => {
  const target = { host: "example.com", port: 443, isAddress: false }

  expect(writeAuthority(target, "https")).toBe("example.com")
  expect(writeAuthority(target, "http")).toBe("example.com:443")
  expect(writeAuthority({ host: "::1", port: 80, isAddress: true }, "http")).toBe("[::1]")
})
