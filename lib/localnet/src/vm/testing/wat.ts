import loadWabt from "wabt"

const wabt = loadWabt()

export async function wat(text: string): Promise<Uint8Array> {
  const module = (await wabt).parseWat("test.wat", text)
  try {
    return Uint8Array.from(module.toBinary({}).buffer)
  } finally {
    module.destroy()
  }
}
