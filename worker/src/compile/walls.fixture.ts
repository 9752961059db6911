/** The kinds of walls that this machine can put around a build, and what its tests need behind each. */
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { probeBubblewrap } from "./bubblewrap.ts"
import { createNativeConfinement } from "./native.ts"
import { probePrivateRoot } from "./private-root.ts"
import { openWorkshop, type Workshop } from "./workshop.ts"

const walls = {
  bubblewrap: await probeBubblewrap(),
  "a private root": await probePrivateRoot(),
  "no files of its own": await createNativeConfinement(true),
}
export type Kind = keyof typeof walls

/** Strongest first. The last can be had everywhere. */
export const kinds = (Object.keys(walls) as Kind[]).filter((kind) => walls[kind] !== undefined)

/** `ms`: longer than a test may take, unless told. */
export function openBehind(kind: Kind, ms = 600_000): Promise<Workshop> {
  const confinement = walls[kind]
  if (!confinement) throw new Error(`${kind}: not on this machine`)
  return openWorkshop(confinement, performance.now() + ms, new AbortController().signal)
}

export async function shell(workshop: Workshop, script: string, isFetch = false) {
  const cwd = isFetch ? workshop.folder : workshop.inside
  const args = ["-c", script]
  return await workshop.run({ program: "/bin/sh", args, cwd, readOnly: [], isFetch })
}

/** A worker's key, in a folder that everybody may enter and whose name a repository may have guessed. */
export async function openKey() {
  const folder = await mkdtemp(join(tmpdir(), "outlayer-ours-"))
  await chmod(folder, 0o755)
  const key = join(folder, "Cargo.toml")
  await writeFile(key, "marker-of-a-key { }", { mode: 0o600 })
  return { folder, key, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) }
}

/** A server's that everybody may write to: the TEE's agent is one. */
export async function openSocket() {
  const folder = await mkdtemp(join(tmpdir(), "outlayer-ours-"))
  await chmod(folder, 0o755)
  const socket = join(folder, "agent.sock")
  const server = createServer((client) => client.on("error", () => {}).end())
  await new Promise<void>((resolve) => server.listen(socket, resolve))
  await chmod(socket, 0o777)
  const close = async () => {
    server.close()
    await rm(folder, { recursive: true })
  }
  return { socket, [Symbol.asyncDispose]: close }
}
