/**
 * Master secrets in a file, for development: sealed under a passphrase, readable by its owner
 * alone, made at the first start. Whoever has file and passphrase has every secret.
 */
import { randomBytes, scryptSync } from "node:crypto"
import { open, readFile, stat } from "node:fs/promises"
import type { Secret } from "@outlayer/service"
import { nodePrimitives } from "@outlayer/protocol/sealing/node"
import { z } from "zod"
import type { MasterKeySource } from "./master-key.ts"

const KEY_BYTES = 32
const NONCE_BYTES = 24
/** 64 MiB and about 0.2 s: https://datatracker.ietf.org/doc/html/rfc7914#section-2 */
const COST = { N: 65_536, r: 8, p: 1, maxmem: 128 * 1024 * 1024 }

const hex = z.string().regex(/^(?:[0-9a-f]{2})+$/)
const Sealed = z.strictObject({ version: z.literal(1), salt: hex, nonce: hex, box: hex })

export async function openFileMasterKeys(
  path: string,
  passphrase: Secret,
): Promise<MasterKeySource> {
  const root = (await readRoot(path, passphrase)) ?? (await makeRoot(path, passphrase))
  return {
    name: "file",
    async read(epoch) {
      const info = nodePrimitives.utf8(`outlayer-file-master-1;${epoch}`)
      return nodePrimitives.sha512(Buffer.concat([root, info])).slice(0, KEY_BYTES)
    },
  }
}

async function readRoot(path: string, passphrase: Secret): Promise<Uint8Array | undefined> {
  const found = await stat(path).catch(() => undefined)
  if (!found) return undefined
  if ((found.mode & 0o077) !== 0) throw new Error(`${path} is open to others: chmod 600`)
  const { salt, nonce, box } = Sealed.parse(JSON.parse(await readFile(path, "utf8")))
  const key = stretch(passphrase, Buffer.from(salt, "hex"))
  const opened = nodePrimitives.secretboxOpen(bytes(box), bytes(nonce), key)
  key.fill(0)
  if (opened?.length !== KEY_BYTES) throw new Error(`${path} does not open with this passphrase`)
  return opened
}

async function makeRoot(path: string, passphrase: Secret): Promise<Uint8Array> {
  const root = new Uint8Array(randomBytes(KEY_BYTES))
  const [salt, nonce] = [randomBytes(KEY_BYTES), randomBytes(NONCE_BYTES)]
  const key = stretch(passphrase, salt)
  const box = nodePrimitives.secretbox(root, new Uint8Array(nonce), key)
  key.fill(0)
  const sealed = { version: 1, salt: salt.toString("hex"), nonce: nonce.toString("hex") }
  const text = JSON.stringify({ ...sealed, box: Buffer.from(box).toString("hex") })
  // Never over another: a second service that starts at the same moment fails here.
  await using file = await open(path, "wx", 0o600)
  await file.writeFile(`${text}\n`)
  await file.sync()
  return root
}

function stretch(passphrase: Secret, salt: Uint8Array): Uint8Array {
  return new Uint8Array(scryptSync(passphrase.reveal(), salt, KEY_BYTES, COST))
}

function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "hex"))
}
