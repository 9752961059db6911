/** The JSON that `wasm-tools json-from-wast` makes of a script. */

export interface Value {
  type: string
  /** A decimal number, the bits of a float, `nan:canonical`, `nan:arithmetic`, `null`; of a vector one for each lane. */
  value?: string | string[]
  lane_type?: string
  /** Of the type `either`. */
  values?: Value[]
}

export interface Action {
  type: "invoke" | "get"
  module?: string
  field: string
  args?: Value[]
}

export interface Command {
  type: string
  line: number
  filename?: string
  module_type?: string
  name?: string
  as?: string
  /** Of an instance that is made of a definition. */
  instance?: string
  module?: string
  action?: Action
  expected?: Value[]
  text?: string
}

export interface Script {
  source: string
  commands: Command[]
  /** A module's bytes by the name that a command gives. */
  read: (filename: string) => Uint8Array<ArrayBuffer>
}

export function parseCommands(json: string): Command[] {
  const { commands } = JSON.parse(json) as { commands?: unknown }
  if (!Array.isArray(commands)) throw new Error("no commands in the script")
  return commands as Command[]
}
