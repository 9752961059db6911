/** A component made ready to run: one piece of bytes, so that it is kept and handed on as a module is. */

/** What an instance takes before it runs. */
export interface Member {
  name: string
  /** Metered. */
  wasm: Uint8Array
  /** Of the module as it came. */
  bytes: number
  pages: number
  elements: number
}

export interface PackedComponent {
  /** The glue, which makes of it a function's body that gives `instantiate`. */
  script: string
  /** The name of the export to call. */
  entry: string
  members: readonly Member[]
}

interface Header {
  scriptBytes: number
  entry: string
  members: (Omit<Member, "wasm"> & { length: number })[]
}

const LENGTH_BYTES = 4

export function pack({ script, entry, members }: PackedComponent): Uint8Array {
  const text = Buffer.from(script)
  const header: Header = {
    scriptBytes: text.length,
    entry,
    members: members.map(({ wasm, ...member }) => ({ ...member, length: wasm.length })),
  }
  const head = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeUInt32LE(head.length)
  return Buffer.concat([length, head, text, ...members.map(({ wasm }) => wasm)])
}

export function unpack(bytes: Uint8Array): PackedComponent {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const headEnd = LENGTH_BYTES + buffer.readUInt32LE()
  const { scriptBytes, entry, members } = JSON.parse(
    buffer.toString("utf8", LENGTH_BYTES, headEnd),
  ) as Header
  let at = headEnd + scriptBytes
  const script = buffer.toString("utf8", headEnd, at)
  const taken = members.map(({ length, ...member }) => {
    at += length
    return { ...member, wasm: bytes.subarray(at - length, at) }
  })
  return { script, entry, members: taken }
}
