/** Runs a script both ways, command by command, and says where they differ. */
import { type MeteredModule, meterForGuest, ModuleRefused } from "../index.ts"
import type { Command, Script } from "./commands.ts"
import { type Ending, type Pair, Session } from "./session.ts"
import { type Bits, leavesNanOpen, matches } from "./values.ts"

/** All that the format can say: a limit would change what `memory.grow` gives. */
const MOST_PAGES = 65_536

export interface Judgement {
  /** Assertions and modules that ended alike. */
  equal: number
  /** Those that did not, and all that is not as it should be. */
  faults: string[]
  /** Modules by the reason for which they were refused. */
  refused: Map<string, number>
  /** Commands that need a refused module. */
  notRun: number
  /** About the text format, which is not ours. */
  text: number
  /** Alike, but neither is as the script says: V8's own limits. */
  unlikeScript: string[]
  /** Results that raw V8 gives with another NaN. */
  otherNans: number
}

export function judgeScript(script: Script): Judgement {
  const judge = new Judge(script)
  for (const command of script.commands) judge.judge(command)
  judge.compareStates()
  return judge.judgement
}

class Judge {
  readonly judgement: Judgement = {
    equal: 0,
    faults: [],
    refused: new Map(),
    notRun: 0,
    text: 0,
    unlikeScript: [],
    otherNans: 0,
  }
  readonly #script: Script
  readonly #raw = new Session(false)
  readonly #metered = new Session(true)
  readonly #definitions = new Map<string | undefined, Pair | undefined>()

  constructor(script: Script) {
    this.#script = script
  }

  judge(command: Command): void {
    switch (command.type) {
      case "module":
        return this.#instantiate(this.#accept(command), command)
      case "module_definition":
        this.#definitions.set(command.name, this.#accept(command))
        return
      case "module_instance":
        return this.#instantiate(this.#definitions.get(command.module), command, command.instance)
      case "register":
        for (const session of [this.#raw, this.#metered])
          session.register(command.as ?? "", command.name)
        return
      case "assert_malformed":
      case "assert_invalid":
      case "assert_malformed_custom":
      case "assert_invalid_custom":
        return this.#judgeRefusal(command)
      case "assert_unlinkable":
      case "assert_uninstantiable":
        return this.#instantiate(this.#accept(command), command)
      case "action":
      case "assert_return":
      case "assert_trap":
      case "assert_exhaustion":
      case "assert_exception":
      case "assert_suspension":
        if (command.action === undefined) return this.#instantiate(this.#accept(command), command)
        return this.#act(command)
      default:
        this.#fault(command, `a command of the unknown type ${command.type}`)
    }
  }

  compareStates(): void {
    const others = this.#metered.state()
    this.#raw.state().forEach((state, index) => {
      if (state !== others[index])
        this.judgement.faults.push(`${this.#script.source}: instance ${index} is left otherwise`)
    })
  }

  #fault({ line }: Command, what: string) {
    this.judgement.faults.push(`${this.#script.source}:${line}: ${what}`)
  }

  /** A module that is to be run, unless it is refused by name. */
  #accept(command: Command): Pair | undefined {
    if (command.module_type === "text") {
      this.judgement.text += 1
      return undefined
    }
    const raw = this.#script.read(command.filename ?? "")
    const isValid = WebAssembly.validate(raw)
    const metered = meter(raw)
    if (!(metered instanceof ModuleRefused)) {
      if (isValid) return { raw, metered }
      this.#fault(command, "metered, but V8 does not take the original")
      return undefined
    }
    if (isValid && metered.code === "malformed") this.#fault(command, metered.message)
    const reason = reasonOf(metered)
    this.judgement.refused.set(reason, (this.judgement.refused.get(reason) ?? 0) + 1)
    return undefined
  }

  #instantiate(pair: Pair | undefined, command: Command, name = command.name) {
    if (pair === undefined) {
      for (const session of [this.#raw, this.#metered]) session.omit(name)
      return
    }
    this.#compare(command, this.#raw.instantiate(pair, name), this.#metered.instantiate(pair, name))
  }

  #judgeRefusal(command: Command) {
    if (command.module_type === "text") {
      this.judgement.text += 1
      return
    }
    const bytes = this.#script.read(command.filename ?? "")
    const isValid = WebAssembly.validate(bytes)
    const metered = meter(bytes)
    if (metered instanceof ModuleRefused) this.judgement.equal += 1
    else if (isValid) this.#unlikeScript(command, "is taken, by V8 too")
    else this.#fault(command, "metered, but it is invalid")
  }

  #act(command: Command) {
    const { action } = command
    if (action === undefined) return
    this.#compare(command, this.#raw.act(action), this.#metered.act(action))
  }

  #compare(command: Command, raw: Ending, metered: Ending) {
    if (raw.kind === "absent" && metered.kind === "absent") {
      this.judgement.notRun += 1
      return
    }
    const { expected } = command
    const [before, after] = [textOf(raw), textOf(metered)]
    const isOpen = expected?.some(leavesNanOpen) === true && isAsExpected(command, metered)
    if (before !== after && isOpen) this.judgement.otherNans += 1
    else if (before !== after) return this.#fault(command, `${before} raw, ${after} metered`)
    if (!isAsExpected(command, metered)) this.#unlikeScript(command, after)
    else this.judgement.equal += 1
  }

  #unlikeScript({ line, type }: Command, what: string) {
    this.judgement.unlikeScript.push(`${this.#script.source}:${line}: ${type}: ${what}`)
  }
}

function isAsExpected({ type, expected }: Command, ending: Ending): boolean {
  if (type === "assert_trap" || type === "assert_exhaustion" || type === "assert_uninstantiable")
    return ending.kind === "trap"
  if (type === "assert_unlinkable") return ending.kind === "unlinkable"
  if (type !== "assert_return") return ending.kind === "done" || ending.kind === "values"
  if (ending.kind !== "values") return false
  const wanted = expected ?? []
  return (
    wanted.length === ending.values.length &&
    wanted.every((value, index) => matches(value, ending.values[index] as Bits))
  )
}

function meter(wasm: Uint8Array): MeteredModule | ModuleRefused {
  try {
    return meterForGuest(wasm, { maxMemoryPages: MOST_PAGES, isMember: true })
  } catch (error) {
    if (error instanceof ModuleRefused) return error
    throw error
  }
}

/** Without what differs from module to module. */
function reasonOf({ code, message }: ModuleRefused): string {
  const words = message
    .replace(/,? at byte \d+$/, "")
    .replace(/^import of the (\w+) .*/, "import of a $1")
    .replaceAll(/\b\d+\b/g, "n")
  return `${code}: ${words}`
}

function textOf(ending: Ending): string {
  if (ending.kind === "values") return ending.values.map(textOfBits).join(" ") || "nothing"
  return "reason" in ending ? `${ending.kind} ${ending.reason}`.trim() : ending.kind
}

function textOfBits(value: Bits): string {
  if ("bits" in value) return value.bits
  return typeof value.reference === "function" ? "a function" : String(value.reference)
}
