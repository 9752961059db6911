/** Interfaces by name and version. Whatever 0.2.x a component was made for, it gets what all of 0.2 is. */

/** In the order of `preview2.guest.ts`, whose test holds them together. */
export const INTERFACE_NAMES = [
  "wasi:cli/environment",
  "wasi:cli/exit",
  "wasi:cli/stdin",
  "wasi:cli/stdout",
  "wasi:cli/stderr",
  "wasi:cli/terminal-input",
  "wasi:cli/terminal-output",
  "wasi:cli/terminal-stdin",
  "wasi:cli/terminal-stdout",
  "wasi:cli/terminal-stderr",
  "wasi:io/error",
  "wasi:io/poll",
  "wasi:io/streams",
  "wasi:clocks/wall-clock",
  "wasi:clocks/monotonic-clock",
  "wasi:clocks/timezone",
  "wasi:random/random",
  "wasi:random/insecure",
  "wasi:random/insecure-seed",
  "wasi:filesystem/preopens",
  "wasi:filesystem/types",
  "wasi:sockets/network",
  "wasi:sockets/instance-network",
  "wasi:sockets/ip-name-lookup",
  "wasi:sockets/tcp",
  "wasi:sockets/tcp-create-socket",
  "wasi:sockets/udp",
  "wasi:sockets/udp-create-socket",
  "wasi:http/types",
  "wasi:http/outgoing-handler",
] as const

const VERSIONED = /^([a-z][a-z0-9-]*:[a-z][a-z0-9-]*\/[a-z][a-z0-9-]*)@0\.2\.\d{1,4}$/

/** Its name without the version, or `undefined` for what is none of preview 2. */
export function interfaceOf(name: string): string | undefined {
  return VERSIONED.exec(name)?.[1]
}

export function isKnownImport(name: string): boolean {
  const known: readonly string[] = INTERFACE_NAMES
  return known.includes(interfaceOf(name) ?? "")
}
