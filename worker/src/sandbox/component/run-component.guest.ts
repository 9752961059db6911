/** Makes a component's instances and calls its `wasi:cli/run`. */
import type { Counters } from "../guest/ending.guest.ts"
import type { Host } from "../wasi/host.guest.ts"
import { HostFault } from "../wasi/preview2/failed.guest.ts"
import { createPreview2 } from "../wasi/preview2/preview2.guest.ts"
import { Stop } from "../wasi/stop.guest.ts"
import type { GuestOutcome } from "../wire.ts"
import { evaluateGlue } from "./glue.guest.ts"
import { Instances } from "./instances.guest.ts"
import { unpack } from "./packed.ts"

/** All that takes none of the guest's time; what it gives does. */
export function prepareComponent(
  packed: Uint8Array,
  code: Uint8Array,
  host: Host,
  counters: Counters,
  maxMemoryPages: number,
): () => void {
  const { script, entry, members } = unpack(packed)
  const instances = new Instances(counters, maxMemoryPages)
  const modules = new Map(members.map((member) => [member.name, instances.compile(member)]))
  const instantiate = evaluateGlue(script, (...what) => instances.take(...what), code)
  // What it leaves unsettled is of no interest: nobody waits for promises here.
  process.on("unhandledRejection", () => {})
  return () => {
    const exports = instantiate(
      (name) => modules.get(name) ?? unknownModule(name),
      createPreview2(host),
      (module, imports) => instances.instantiate(module, imports),
    )
    const { run } = exports[entry] as { run: () => void }
    try {
      run()
    } catch (error) {
      // An error without a value: nothing of ours, or of V8's, is thrown like that.
      if (error === undefined) throw new Stop("exit", 1)
      throw error
    }
  }
}

/** What the glue throws is the guest's: it asked for what the canonical ABI does not allow. */
export function endingOfGlue(error: unknown): GuestOutcome {
  if (error instanceof HostFault) throw error
  return { kind: "trap", trap: "canonical ABI", where: [] }
}

function unknownModule(name: string): never {
  throw new HostFault(`no core module ${name}`)
}
