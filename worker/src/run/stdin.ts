/** Our own stdin for a guest, read to its end. */

const MAX_BYTES = 256 * 1024 * 1024

export async function readStdin(): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of process.stdin as AsyncIterable<Uint8Array>) {
    chunks.push(chunk)
    length += chunk.length
    if (length > MAX_BYTES) throw new Error(`it has more than ${MAX_BYTES} bytes`)
  }
  return Buffer.concat(chunks)
}
