/**
 * A component whose core modules count their operators by hand. What surrounds them is priced here again, from the
 * words of docs/fuel.md; the host's functions are our own, and take what they take from the same count.
 */
import { evaluateGlue, type Take } from "../sandbox/component/glue.guest.ts"
import { takeApart } from "../sandbox/component/take-apart.guest.ts"
import { GuestHttp } from "../sandbox/http/guest-http.guest.ts"
import { VirtualClock } from "../sandbox/wasi/clock.guest.ts"
import { Fuel } from "../sandbox/wasi/fuel.guest.ts"
import { createPreview2 } from "../sandbox/wasi/preview2/preview2.guest.ts"
import { Randomness } from "../sandbox/wasi/randomness.guest.ts"
import { Stop } from "../sandbox/wasi/stop.guest.ts"
import { Stderr, Stdin, Stdout } from "../sandbox/wasi/streams.guest.ts"
import { COUNT, countOperators } from "./count-operators.ts"

export interface Given {
  stdin: string
  environment: Readonly<Record<string, string>>
  seed: Uint8Array
  wallClockNs: bigint
}

type Call = (...values: unknown[]) => unknown

/** Without limits, but for the pages that a memory may grow by. Gives a function that runs it. */
export async function countComponent(component: Uint8Array, maxPages: number) {
  const { script, entry, cores } = await takeApart(component)
  const modules = new Map<string, WebAssembly.Module>()
  const bytesOf = new Map<WebAssembly.Module, number>()
  for (const [name, wasm] of cores) {
    const counted = await countOperators(wasm, maxPages)
    const module = new WebAssembly.Module(Uint8Array.from(counted))
    modules.set(name, module)
    bytesOf.set(module, wasm.length)
  }
  let countGiven: Take = () => {}
  const instantiate = evaluateGlue(script, (...what) => countGiven(...what))

  return ({ stdin, environment, seed, wallClockNs }: Given) => {
    const count = new Count()
    countGiven = (length, bytes, isOneByOne) => {
      count.host += BigInt(length * (isOneByOne ? bytes + 50 : bytes))
    }
    const fuel = new Fuel(count, LIMIT)
    const clock = new VirtualClock(wallClockNs, fuel)
    const output: Uint8Array[] = []
    const stdout = new Stdout(1_000_000, (bytes) => output.push(bytes))
    const host = {
      fuel,
      clock,
      random: new Randomness(seed, fuel),
      arguments: ["guest.wasm"],
      environment: Object.entries(environment),
      stdin: new Stdin(Buffer.from(stdin)),
      stdout,
      stderr: new Stderr(),
      http: new GuestHttp(fuel, undefined),
    }
    const ofWasm = new WeakSet<object>()
    /** A call that leaves a core module for none. */
    const priced = (name: string, value: unknown) =>
      typeof value !== "function" || ofWasm.has(value)
        ? value
        : (...values: unknown[]) => {
            count.host += 10_000n
            if (name.includes(" => ")) count.host += 8n * BigInt(Number(values[1]) >>> 0)
            return (value as Call)(...values)
          }
    const exports = instantiate(
      (name) => modules.get(name) as WebAssembly.Module,
      createPreview2(host),
      (module, imports: Record<string, object> = {}) => {
        count.host += 20_000n + BigInt(Math.ceil((bytesOf.get(module) ?? 0) / 8))
        const given = Object.entries(imports).map(([from, members]) => [
          from,
          Object.fromEntries(
            Object.entries(members).map(([name, one]) => [name, priced(name, one)]),
          ),
        ])
        const instance = new WebAssembly.Instance(module, Object.fromEntries(given))
        const { [COUNT]: own, ...rest } = instance.exports
        count.own.push(own as WebAssembly.Global<"i64">)
        for (const one of Object.values(rest)) if (typeof one === "function") ofWasm.add(one)
        return { exports: rest }
      },
    )
    const exitCode = endOf((exports[entry] as { run: () => void }).run)
    stdout.flush()
    return { exitCode, output: Buffer.concat(output).toString(), ...count.parts }
  }
}

const LIMIT = 10n ** 15n

/** In the place of the one counter that metered modules share: what is left, over all that count. */
class Count {
  readonly own: WebAssembly.Global<"i64">[] = []
  host = 0n

  get parts() {
    const operators = this.own.reduce((sum, { value }) => sum + value, 0n)
    return { operators, host: this.host, fuel: operators + this.host }
  }

  get value(): bigint {
    return LIMIT - this.parts.fuel
  }

  set value(left: bigint) {
    this.host += this.value - left
  }

  valueOf(): bigint {
    return this.value
  }
}

function endOf(run: () => void): number {
  try {
    run()
    return 0
  } catch (error) {
    if (error === undefined) return 1
    if (error instanceof Stop && error.reason === "exit") return error.exitCode ?? 0
    throw error
  }
}
