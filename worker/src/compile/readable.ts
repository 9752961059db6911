/** What a build's programs may read of this machine. Whatever is not named here is not there for them. */
import { existsSync, lstatSync, readlinkSync } from "node:fs"
import type { Step } from "./workshop.ts"

export interface Readable {
  path: string
  /** Where it is a symlink of the system's own, such as `/bin`. */
  target?: string
}

/** No /etc but for what finds a linker, no /usr/local, no /var, no /run. */
const SYSTEM = ["/usr/bin", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libexec"]
const LINKS = ["/bin", "/lib", "/lib32", "/lib64", "/etc/alternatives", "/etc/ld.so.cache"]

/** How names are resolved and hosts are trusted. Not /etc/ssl nor /etc/pki: private keys lie there too. */
const NAMES = ["resolv.conf", "hosts", "host.conf", "nsswitch.conf", "gai.conf"]
const CERTIFICATES = [
  "/etc/ssl/certs",
  "/etc/ssl/cert.pem",
  "/etc/ssl/openssl.cnf",
  "/etc/pki/tls/certs",
  "/etc/pki/tls/cert.pem",
  "/etc/pki/ca-trust/extracted",
  "/etc/ca-certificates/extracted",
  "/usr/share/ca-certificates",
  "/usr/local/share/ca-certificates",
]
/** A machine may have a Git of its own. */
const LOCAL = ["/usr/local/bin", "/usr/local/lib", "/usr/local/lib64", "/usr/local/libexec"]

/** No path lies below another. */
export function listReadable({ readOnly, isFetch }: Step): Readable[] {
  const network = [...NAMES.map((name) => `/etc/${name}`), ...CERTIFICATES, ...LOCAL]
  const wanted = [...SYSTEM, ...LINKS, ...(isFetch ? network : []), ...readOnly]
  const paths = [...new Set(wanted)].filter((path) => existsSync(path))
  const outermost = paths.filter((path) => !paths.some((other) => path.startsWith(`${other}/`)))
  return outermost.map((path) => {
    const isLink = LINKS.includes(path) && lstatSync(path).isSymbolicLink()
    return isLink ? { path, target: readlinkSync(path) } : { path }
  })
}
