// As much of NEAR's host as the tests here need. What a chain does is tested on localnet.
export interface Call {
  readonly returned?: Uint8Array
  readonly logs: readonly string[]
  readonly panic?: string
}

class Panic extends Error {}

/** Calls a method with these bytes as input, on a contract of its own. */
export function callMethod(
  wasm: Uint8Array,
  method: string,
  input: Uint8Array | string = "",
): Call {
  const module = new WebAssembly.Module(new Uint8Array(wasm))
  const registers = new Map<bigint, Uint8Array>()
  const logs: string[] = []
  let returned: Uint8Array | undefined
  let memory = new WebAssembly.Memory({ initial: 0 })
  const read = (length: bigint, address: bigint) =>
    new Uint8Array(memory.buffer).slice(Number(address), Number(address + length))
  const host: WebAssembly.ModuleImports = {
    input: (register: bigint) => registers.set(register, Buffer.from(input)),
    register_len: (register: bigint) => BigInt(registers.get(register)?.length ?? -1),
    read_register: (register: bigint, address: bigint) =>
      new Uint8Array(memory.buffer).set(registers.get(register) ?? [], Number(address)),
    value_return: (length: bigint, address: bigint) => (returned = read(length, address)),
    log_utf8: (length: bigint, address: bigint) => logs.push(text(read(length, address))),
    panic_utf8: (length: bigint, address: bigint) => {
      throw new Panic(text(read(length, address)))
    },
  }
  for (const { name } of WebAssembly.Module.imports(module)) host[name] ??= () => 0n

  const { exports } = new WebAssembly.Instance(module, { env: host })
  memory = exports["memory"] as WebAssembly.Memory // the toolchain exports it
  try {
    ;(exports[method] as () => void)()
  } catch (error) {
    if (error instanceof Panic) return { logs, panic: error.message }
    throw error
  }
  return returned ? { logs, returned } : { logs }
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString()
}
