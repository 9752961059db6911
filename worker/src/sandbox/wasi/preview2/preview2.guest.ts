/** WASI preview 2: a registry of interfaces, each a front of the same host as preview 1. */
import { httpInterfaces } from "../../http/http-interfaces.guest.ts"
import type { Host } from "../host.guest.ts"
import { cliInterfaces } from "./cli.guest.ts"
import { clockInterfaces } from "./clocks.guest.ts"
import { filesystemInterfaces } from "./filesystem.guest.ts"
import { guardInterfaces, type Interface } from "./guard.guest.ts"
import { randomInterfaces } from "./random.guest.ts"
import { Live } from "./resource.guest.ts"
import { socketInterfaces } from "./sockets.guest.ts"
import { ioInterfaces, type Maker } from "./streams.guest.ts"

/** By names without a version. What is added here must be added to `INTERFACE_NAMES`. */
const FRONTS: readonly ((maker: Maker) => Record<string, Interface>)[] = [
  cliInterfaces,
  ioInterfaces,
  clockInterfaces,
  randomInterfaces,
  filesystemInterfaces,
  socketInterfaces,
  httpInterfaces,
]

/** Once in a process: the classes of resources are its own. */
export function createPreview2(host: Host): Record<string, Interface> {
  const maker: Maker = { host, live: new Live(host.fuel) }
  return guardInterfaces(Object.assign({}, ...FRONTS.map((front) => front(maker))), maker.live)
}
