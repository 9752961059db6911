/** The module that the specification's scripts may import from. */
export function spectest(): WebAssembly.ModuleImports {
  const printers = ["", "_i32", "_i64", "_f32", "_f64", "_i32_f32", "_f64_f64"]
  return {
    ...Object.fromEntries(printers.map((types) => [`print${types}`, () => {}])),
    global_i32: new WebAssembly.Global({ value: "i32" }, 666),
    global_i64: new WebAssembly.Global({ value: "i64" }, 666n),
    global_f32: new WebAssembly.Global({ value: "f32" }, 666.6),
    global_f64: new WebAssembly.Global({ value: "f64" }, 666.6),
    table: new WebAssembly.Table({ element: "anyfunc", initial: 10, maximum: 20 }),
    memory: new WebAssembly.Memory({ initial: 1, maximum: 2 }),
  }
}
