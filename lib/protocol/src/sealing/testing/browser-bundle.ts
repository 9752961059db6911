/** Runs browser.ts as a page would: one script in a realm with a browser's globals alone. */
import { fileURLToPath } from "node:url"
import { createContext, runInContext } from "node:vm"
import { rolldown } from "rolldown"
import type { SecretContext, SecretValues } from "../../pure/index.ts"

interface BrowserSealing {
  sealSecrets(
    to: { publicKey: Uint8Array; epoch: number; context: SecretContext },
    values: SecretValues,
  ): Uint8Array
}

export async function loadBrowserBundle(): Promise<BrowserSealing> {
  const input = fileURLToPath(new URL("browser.ts", import.meta.url))
  await using build = await rolldown({ input, platform: "browser" })
  const { output } = await build.generate({ format: "iife" })
  const [{ code, imports }] = output
  if (imports.length > 0) throw new Error(`the bundle imports ${imports.join(", ")}`)
  // Bytes must be of the realm's own kind on both sides: tweetnacl asks with instanceof.
  const realm = createContext({ TextEncoder, TextDecoder, crypto, Uint8Array, ArrayBuffer })
  // tweetnacl looks for a browser's `self`, and for `require` where it finds none.
  runInContext("var self = globalThis", realm)
  runInContext(code, realm, { filename: "browser.js" })
  return realm["outlayer"] as BrowserSealing
}
