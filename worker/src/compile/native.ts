/**
 * A build without bubblewrap, for machines that lack it. Where root may mount it has a root of its
 * own; else limits, an empty environment, and what can be had of namespaces: then it reads what its
 * user may read, other builds too.
 */
import type { Confinement } from "./confinement.ts"
import { FILTER, probeFilter, underFilter } from "./filtered.ts"
import { dropToNobody, giveAway, NAMESPACES } from "./nobody.ts"
import { probePrivateRoot } from "./private-root.ts"
import { succeeds } from "./succeeds.ts"

/** Strongest first. The last of root's is for tools that lie where nobody but root may read. */
export async function listNativeConfinements(): Promise<Confinement[]> {
  const privateRoot = await probePrivateRoot()
  if (privateRoot) return [privateRoot]
  return await Promise.all([true, false].map(createNativeConfinement))
}

/** `asNobody`: where we are root, its programs are not. The tools must then be readable by all. */
export async function createNativeConfinement(asNobody: boolean): Promise<Confinement> {
  const isRoot = process.getuid?.() === 0
  const isDropped = isRoot && asNobody
  const namespaces = [...NAMESPACES]
  if (!isRoot) namespaces.push("--user", "--map-current-user")
  const isFiltered = await probeFilter()
  const canUnshare = await succeeds(
    { program: "unshare", args: [...namespaces, "--net", "true"] },
    5000,
  )

  return {
    name: [
      canUnshare ? "namespaces without bubblewrap" : "limits alone",
      isRoot && !isDropped ? ", as root" : "",
      isFiltered ? "" : ", and no filter",
    ].join(""),
    inside: (folder) => folder,
    prepare: async (folder) => {
      if (isDropped) await giveAway(folder)
    },
    wrap({ program, args, env, cwd, isFetch }) {
      const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`)
      const network = isFetch ? [] : ["--net"]
      const plain = ["env", "-i", "-C", cwd, ...variables, program, ...args]
      const command = isFiltered ? underFilter(plain) : plain
      if (isDropped) command.unshift(...dropToNobody())
      if (canUnshare) command.unshift("unshare", ...namespaces, ...network)
      const [first = "", ...rest] = command
      return { program: first, args: rest, filter: isFiltered ? FILTER : undefined }
    },
  }
}
