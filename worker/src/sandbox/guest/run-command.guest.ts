/** Makes the instance of a preview 1 command and calls its `_start`. */
import { COUNTERS, REFUSED_GROWTH } from "@outlayer/metering"
import type { Host } from "../wasi/host.guest.ts"
import { GuestMemory } from "../wasi/preview1/guest-memory.guest.ts"
import { createPreview1 } from "../wasi/preview1/preview1.guest.ts"
import { PREVIEW1 } from "../wasi/preview1/signatures.guest.ts"
import type { Counters } from "./ending.guest.ts"

/** All that takes none of the guest's time; what it gives does. */
export function prepareCommand(wasm: Uint8Array, host: Host, counters: Counters): () => void {
  const module = new WebAssembly.Module(wasm as Uint8Array<ArrayBuffer>)
  const memory = new GuestMemory()
  const { fuel, stack } = counters.globals
  // Without prototypes: `constructor` is no module of ours.
  const imports = bare({
    [PREVIEW1]: bare<WebAssembly.ModuleImports>(createPreview1(host, memory)),
    [COUNTERS.module]: bare({ [COUNTERS.fuel]: fuel, [COUNTERS.stack]: stack }),
  })
  return () => {
    // A start function runs in here already.
    const { exports } = new WebAssembly.Instance(module, imports)
    memory.attach(exports["memory"] as WebAssembly.Memory)
    const refusals = exports[REFUSED_GROWTH]
    if (refusals) counters.refusals.push(refusals as WebAssembly.Global<"i32">)
    ;(exports["_start"] as () => void)()
  }
}

function bare<T extends object>(entries: T): T {
  return Object.assign(Object.create(null), entries)
}
