/** A host as a run has it, for tests of what stands in front of it. */
import { VirtualClock } from "../clock.guest.ts"
import { FileSystem } from "../files/file-system.guest.ts"
import { Fuel } from "../fuel.guest.ts"
import type { Host } from "../host.guest.ts"
import { Randomness } from "../randomness.guest.ts"
import { Stderr, Stdin, Stdout } from "../streams.guest.ts"

interface Given {
  fuelLimit?: bigint
  stdin?: string
  hasFiles?: boolean
}

export function createHost({ fuelLimit = 10n ** 9n, stdin = "", hasFiles = true }: Given = {}) {
  const left = new WebAssembly.Global({ value: "i64", mutable: true }, fuelLimit)
  const fuel = new Fuel(left, fuelLimit)
  const clock = new VirtualClock(1_700_000_000_000_000_000n, fuel)
  const output: Uint8Array[] = []
  const stdout = new Stdout(100_000, (bytes) => output.push(bytes))
  const stderr = new Stderr()
  const host: Host = {
    fuel,
    clock,
    random: new Randomness(new Uint8Array(32), fuel),
    arguments: ["guest.wasm", "one"],
    environment: [["NAME", "value"]],
    stdin: new Stdin(Buffer.from(stdin)),
    stdout,
    stderr,
    ...(hasFiles && { files: new FileSystem(fuel, clock) }),
  }
  return {
    host,
    spent: () => fuelLimit - left.value,
    stdout: () => {
      stdout.flush()
      return Buffer.concat(output).toString()
    },
  }
}
