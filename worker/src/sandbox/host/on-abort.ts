/** Calls at once when it has happened already. Returns how to stop listening. */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (signal?.aborted) listener()
  signal?.addEventListener("abort", listener)
  return () => signal?.removeEventListener("abort", listener)
}
