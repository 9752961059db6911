/**
 * A build of root's without bubblewrap: a file system of its own, with nothing in it but what
 * bubblewrap would show, and under its filter where there is perl to install it.
 */
import type { Command, ConfinedStep, Confinement } from "./confinement.ts"
import { FILTER, probeFilter, underFilter } from "./filtered.ts"
import { dropToNobody, giveAway, NAMESPACES } from "./nobody.ts"
import { listReadable } from "./readable.ts"
import { succeeds } from "./succeeds.ts"

const INSIDE = "/build"

/**
 * In a mount namespace of its own. Arguments: the build's folder, where it shall be, then `bind PATH`
 * and `link TARGET PATH` up to `--`. The bind of the folder is not recursive: it shows its own `tmp`, and
 * not the new root that is mounted there.
 */
const BUILD_ROOT = `
folder=$1 inside=$2; shift 2
PATH=$PATH:/usr/sbin:/sbin
umask 022
echo build > /proc/sys/kernel/hostname
mount -t tmpfs -o mode=755,nosuid tmpfs "$folder/tmp"
cd "$folder/tmp"
while [ "$1" != -- ]; do
  case $1 in
    link) mkdir -p ".\${3%/*}"; ln -s "$2" ".$3"; shift 3;;
    bind)
      if [ -d "$2" ]; then mkdir -p ".$2"; else mkdir -p ".\${2%/*}"; : > ".$2"; fi
      mount -o bind,ro "$2" ".$2"; shift 2;;
  esac
done
mkdir -p ".$inside" proc dev old
mount --bind "$folder" ".$inside"
mount -t proc -o ro,nosuid,nodev,noexec proc proc
for device in null zero full random urandom; do
  : > dev/$device; mount --bind /dev/$device dev/$device
done
ln -s /proc/self/fd dev/fd
ln -s fd/0 dev/stdin; ln -s fd/1 dev/stdout; ln -s fd/2 dev/stderr
pivot_root . old
cd /
umount -l old
rmdir old
mount -o remount,bind,ro /
`

/** Says whose fault it is when the walls do not stand: no program of a build has run then. */
const ENTER = `
script=$1; shift
said=$(/bin/sh -ec "$script" sh "$@" 2>&1) || { echo "walls: $said" >&2; exit 126; }
cd /
while [ "$1" != -- ]; do shift; done
shift
exec "$@"
`

/** Undefined where we are not root, or may not mount. */
export async function probePrivateRoot(): Promise<Confinement | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const confinement = createPrivateRoot(await probeFilter())
  const step = { program: "true", args: [], cwd: "/", env: {}, readOnly: [] }
  // Any folder that has a `tmp` will do.
  return (await succeeds(confinement.wrap(step, "/"), 10_000)) ? confinement : undefined
}

function createPrivateRoot(isFiltered: boolean): Confinement {
  return {
    name: `a root of its own without bubblewrap${isFiltered ? "" : ", and no filter"}`,
    inside: () => INSIDE,
    prepare: giveAway,
    wrap: (step, folder) => wrap(step, folder, isFiltered),
  }
}

function wrap(step: ConfinedStep, folder: string, isFiltered: boolean): Command {
  const { program, env, cwd, isFetch } = step
  const entries = listReadable(step).flatMap(({ path, target }) =>
    target === undefined ? ["bind", path] : ["link", target, path],
  )
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`)
  const args = [...NAMESPACES, "--uts", ...(isFetch ? [] : ["--net"])]
  args.push("/bin/sh", "-c", ENTER, "sh", BUILD_ROOT, folder, isFetch ? folder : INSIDE)
  const command = ["env", "-i", "-C", cwd, ...variables, program, ...step.args]
  args.push(...entries, "--", ...dropToNobody())
  args.push(...(isFiltered ? underFilter(command) : command))
  return { program: "unshare", args, filter: isFiltered ? FILTER : undefined }
}
