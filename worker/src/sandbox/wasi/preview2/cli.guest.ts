/** `wasi:cli`: what a program is started with, its three streams, and how it ends. No terminals. */
import { Stop } from "../stop.guest.ts"
import type { Interface } from "./guard.guest.ts"
import { Resource } from "./resource.guest.ts"
import { InputStream, type Maker, OutputStream } from "./streams.guest.ts"

/** As preview 1 has it, and a byte each besides. */
const FUEL_PER_STRING = 4

class TerminalInput extends Resource {}
class TerminalOutput extends Resource {}

export function cliInterfaces(maker: Maker): Record<string, Interface> {
  const { host } = maker
  const payFor = (texts: readonly string[]) => {
    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0)
    host.fuel.pay(bytes + FUEL_PER_STRING * texts.length)
  }
  const none = () => undefined
  return {
    "wasi:cli/environment": {
      getEnvironment() {
        payFor(host.environment.map(([name, value]) => `${name}=${value}`))
        return host.environment
      },
      getArguments() {
        payFor(host.arguments)
        return host.arguments
      },
      initialCwd: () => (host.files ? "/" : undefined),
    },
    "wasi:cli/exit": {
      exit({ tag }: { tag: "ok" | "err" }) {
        throw new Stop("exit", tag === "ok" ? 0 : 1)
      },
      exitWithCode(code: number) {
        throw new Stop("exit", code)
      },
    },
    "wasi:cli/stdin": { getStdin: () => new InputStream(maker, host.stdin) },
    "wasi:cli/stdout": { getStdout: () => new OutputStream(maker, host.stdout) },
    "wasi:cli/stderr": { getStderr: () => new OutputStream(maker, host.stderr) },
    "wasi:cli/terminal-input": { TerminalInput: TerminalInput as never },
    "wasi:cli/terminal-output": { TerminalOutput: TerminalOutput as never },
    "wasi:cli/terminal-stdin": { getTerminalStdin: none },
    "wasi:cli/terminal-stdout": { getTerminalStdout: none },
    "wasi:cli/terminal-stderr": { getTerminalStderr: none },
  }
}
