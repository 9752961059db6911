/** Requests through the whole system, so many of them under way at any time. */
import { ask, createAccount, type Question, type Stack } from "@outlayer/stack"
import { readCpuMs } from "./cpu.ts"
import { requestIdOf } from "./request-id.ts"

interface Throughput {
  perSecond: number
  /** Of one request, by process. */
  cpuMs: [process: string, ms: number][]
}

/** Each of so many askers asks anew as soon as it is answered. */
export async function measureThroughput(
  stack: Stack,
  question: Question,
  inFlight: number,
  seconds: number,
): Promise<Throughput> {
  const askers = await openAskers(stack, inFlight)
  const cpuBefore = readCpuMs()
  const until = performance.now() + seconds * 1_000
  const began = performance.now()
  let answered = 0
  await Promise.all(
    askers.map(async (asker) => {
      while (performance.now() < until) {
        requestIdOf(await ask(stack, question, { asker }))
        answered += 1
      }
    }),
  )
  const perSecond = (answered * 1_000) / (performance.now() - began)
  const cpuMs = [...readCpuMs()].map(([name, ms]): [string, number] => {
    return [name, (ms - (cpuBefore.get(name) ?? 0)) / answered]
  })
  return { perSecond, cpuMs }
}

/** Accounts of their own, so that none waits for another's nonce. */
async function openAskers({ accounts, provider }: Stack, count: number) {
  const askers = []
  for (let i = 0; i < count; i += 1) {
    askers.push(await createAccount(accounts.root, provider, `asker-${count}-${i}`, 1_000))
  }
  return askers
}
