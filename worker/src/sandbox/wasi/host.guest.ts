/** All that a guest can reach of its host: both previews are fronts of this. */
import type { GuestHttp } from "../http/guest-http.guest.ts"
import type { VirtualClock } from "./clock.guest.ts"
import type { FileSystem } from "./files/file-system.guest.ts"
import type { Fuel } from "./fuel.guest.ts"
import type { Randomness } from "./randomness.guest.ts"
import type { Sink, Source } from "./streams.guest.ts"

export interface Host {
  fuel: Fuel
  clock: VirtualClock
  random: Randomness
  arguments: readonly string[]
  environment: readonly (readonly [name: string, value: string])[]
  stdin: Source
  stdout: Sink
  stderr: Sink
  /** Without them the guest has no folder to open anything in. */
  files?: FileSystem | undefined
  /** Without it every request is denied. */
  http?: GuestHttp | undefined
}
