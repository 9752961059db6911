/** What V8 makes of JavaScript, for a process to start from that has yet to load it. */
import vm from "node:vm"

/** All of its functions, which V8 else leaves until they are called. */
export function compileAhead(source: string): Uint8Array {
  const { setFlagsFromString } = process.getBuiltinModule("node:v8")
  setFlagsFromString("--no-lazy")
  // Under a name that nothing has: V8 would hand out what it holds of the same script, functions missing.
  const script = new vm.Script(source, { filename: "ahead" })
  // Who takes it asks that all flags be the same.
  setFlagsFromString("--lazy")
  return script.createCachedData()
}
