import type { Node } from "./method.ts"

/** Looks after each block; false when the time is up or the node closes. */
export async function until(
  { chain, closing }: Node,
  isTrue: () => boolean,
  timeoutMs: number,
): Promise<boolean> {
  if (isTrue()) return true
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const stopListening = chain.listen(() => {
    if (isTrue()) resolve(true)
  })
  const giveUp = () => resolve(false)
  const timer = setTimeout(giveUp, timeoutMs)
  closing.addEventListener("abort", giveUp)
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    closing.removeEventListener("abort", giveUp)
    stopListening()
  }
}
