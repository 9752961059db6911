import { expect, test } from "vitest"
import { maskUrl } from "./mask-url.ts"

test.each([
  ["https://rpc.example.org", "https://rpc.example.org"],
  ["https://rpc.example.org/v1/secret-key", "https://rpc.example.org/[masked]"],
  ["https://user:secret@rpc.example.org:3030", "https://rpc.example.org:3030/[masked]"],
  ["https://rpc.example.org/?apiKey=secret", "https://rpc.example.org/[masked]"],
  ["secret", "[not a URL]"],
])("%s is shown without what may be a key", (url, shown) => {
  expect(maskUrl(url)).toBe(shown)
})
