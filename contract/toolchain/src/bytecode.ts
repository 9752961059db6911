/** The compiler's exports (c/compile.c). */
interface CompilerExports {
  memory: WebAssembly.Memory
  allocate(size: number): number
  compile(source: number, length: number): number
  compiled_length(): number
  problem(): number
}

/** Compiles a script with the QuickJS that the contract will run. Bytecode holds line numbers and no source. */
export function compileScript(compiler: Uint8Array, script: string): Uint8Array {
  const module = new WebAssembly.Module(new Uint8Array(compiler))
  const imports = WebAssembly.Module.imports(module).map(({ name }) => [name, () => 0n])
  const instance = new WebAssembly.Instance(module, { env: Object.fromEntries(imports) })
  const { memory, ...quickjs } = instance.exports as unknown as CompilerExports

  const source = Buffer.from(`${script}\0`)
  const address = quickjs.allocate(source.length)
  new Uint8Array(memory.buffer).set(source, address)
  const bytecode = quickjs.compile(address, source.length - 1)
  if (bytecode === 0) {
    const problem = new Uint8Array(memory.buffer, quickjs.problem())
    throw new Error(`QuickJS: ${Buffer.from(problem.subarray(0, problem.indexOf(0))).toString()}`)
  }
  return new Uint8Array(memory.buffer).slice(bytecode, bytecode + quickjs.compiled_length())
}
