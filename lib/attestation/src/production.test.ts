// Nothing that can make a quote, and no root but Intel's, is within reach of what runs in production.
import { existsSync, globSync, readFileSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, test } from "vitest"
import { INTEL_ROOT_BASE64 } from "./pure/index.ts"

const REPOSITORY = fileURLToPath(new URL("../../..", import.meta.url))
const PACKAGES = readPackages()

/** What is started, and what contracts and browsers bundle. */
const ENTRIES = [
  "lib/attestation/src/index.ts",
  "lib/attestation/src/pure/index.ts",
  "lib/attestation/src/result/index.ts",
  "lib/attestation/src/verify/main.ts",
  "worker/src/main.ts",
  "coordinator/src/main.ts",
  "keystore/src/main.ts",
  ...globSync("contract/*/src/contract.ts", { cwd: REPOSITORY }),
].filter((entry) => existsSync(join(REPOSITORY, entry)))

describe.each(ENTRIES)("%s", (entry) => {
  const files = filesBehind(join(REPOSITORY, entry))

  test("reaches no simulator", () => {
    expect([...files].filter((file) => file.includes("/simulator/"))).toEqual([])
  })

  test("holds no certificate but Intel's root", () => {
    const certificates = [...files].flatMap((file) => certificatesIn(readFileSync(file, "utf8")))

    expect(certificates.filter((one) => !INTEL_ROOT_BASE64.startsWith(one))).toEqual([])
  })
})

test("a verifier for chain and browser imports nothing from outside of its folder", () => {
  const pure = join(REPOSITORY, "lib/attestation/src/pure")

  const outside = [...filesBehind(join(pure, "index.ts"))].filter((file) => !file.startsWith(pure))

  expect(outside.map((file) => relative(REPOSITORY, file))).toEqual([])
})

test("the search finds a simulator where there is one", () => {
  const files = filesBehind(join(REPOSITORY, "lib/attestation/src/quotes/partner.test.ts"))

  expect([...files].some((file) => file.includes("/simulator/"))).toBe(true)
})

/** Every file that is loaded with `entry`, through our own packages too. */
function filesBehind(entry: string, found = new Set<string>()): Set<string> {
  if (found.has(entry)) return found
  found.add(entry)
  const text = readFileSync(entry, "utf8")
  for (const [, specifier = ""] of text.matchAll(
    /(?:from|import|import\()\s*"([^"]+)"|new URL\("([^"]+\.ts)"/g,
  )) {
    const file = locate(specifier, entry)
    if (file?.endsWith(".ts") && existsSync(file)) filesBehind(file, found)
  }
  return found
}

function locate(specifier: string, from: string): string | undefined {
  if (specifier.startsWith(".")) return resolve(dirname(from), specifier)
  const [scope, name, ...rest] = specifier.split("/")
  const found = PACKAGES.get(`${scope}/${name}`)
  if (!found) return undefined
  const exported = typeof found.exports === "string" ? { ".": found.exports } : found.exports
  const path = exported[[".", ...rest].join("/")]
  return path === undefined ? undefined : join(found.folder, path)
}

/** DER of a certificate in base64 begins so, be it in a PEM or not. */
function certificatesIn(text: string): string[] {
  return [...text.matchAll(/MII[A-Za-z0-9+/]{40,}/g)].map(([found]) => found)
}

interface Package {
  readonly folder: string
  readonly exports: string | Readonly<Record<string, string>>
}

function readPackages(): Map<string, Package> {
  const packages = new Map<string, Package>()
  for (const file of globSync(["*/package.json", "{lib,contract}/*/package.json"], {
    cwd: REPOSITORY,
  })) {
    const json = JSON.parse(readFileSync(join(REPOSITORY, file), "utf8")) as {
      name: string
      exports?: Package["exports"]
    }
    packages.set(json.name, {
      folder: join(REPOSITORY, dirname(file)),
      exports: json.exports ?? {},
    })
  }
  return packages
}
