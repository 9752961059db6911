import loadWabt from "wabt"

const wabt = loadWabt()

/** Assembles a module from its text. What it makes need not be valid: that is for the code under test to say. */
export async function wat(
  text: string,
  { hasNames = false } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const module = (await wabt).parseWat("test.wat", text, {
    exceptions: true,
    simd: true,
    threads: true,
    tail_call: true,
  })
  try {
    const { buffer } = module.toBinary({ write_debug_names: hasNames })
    return Uint8Array.from(buffer)
  } finally {
    module.destroy()
  }
}
