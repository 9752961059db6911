import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test as plain } from "vitest"
import { listReadableFiles } from "./readable-files.ts"

const allowedHosts = ["github.com"]
const test = plain.extend("folder", async ({}, { onCleanup }) => {
  const folder = await mkdtemp(join(tmpdir(), "outlayer-test-"))
  onCleanup(() => rm(folder, { recursive: true }))
  return folder
})

test("they are the operator's configuration, what it includes, and the authorities that it names", async ({
  folder,
}) => {
  const [configFile, included] = [join(folder, "gitconfig"), join(folder, "included")]
  await writeFile(configFile, `[include]\n  path = included\n[http]\n  sslCAInfo = /ca/all.pem\n`)
  await writeFile(
    included,
    `[http "https://one.example/"]\n  sslCAPath = /ca/one\n[core]\n  editor = /bin/ed\n`,
  )

  const files = await listReadableFiles({ allowedHosts, configFile })

  expect(new Set(files)).toEqual(new Set([configFile, included, "/ca/all.pem", "/ca/one"]))
})

test("authorities of the environment count, proxies do not", async () => {
  const environment = { SSL_CERT_FILE: "/ca/own.pem", HTTPS_PROXY: "http://proxy.example" }

  expect(await listReadableFiles({ allowedHosts, environment })).toEqual(["/ca/own.pem"])
})

test("the folders that stand for addresses lie beside the configuration", async ({ folder }) => {
  const configFile = join(folder, "gitconfig")
  await writeFile(configFile, "")

  const options = { allowedHosts, configFile, allowLocalFolders: true }

  expect(await listReadableFiles(options)).toEqual([configFile, folder])
})
