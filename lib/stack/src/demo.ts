/** The main job, once, on real input: what happens is shown as it happens. */
import { createHmac } from "node:crypto"
import { formatNearAmount } from "near-api-js"
import { z } from "zod"
import { type Answer, ask } from "./ask.ts"
import type { LogLine } from "./service.ts"
import type { Stack } from "./stack.ts"

export type Print = (line: string) => void

/** Whether the callback saw a right answer: a whole number of the range that was asked for. */
export async function runDemo(stack: Stack, example: string, print: Print): Promise<boolean> {
  const min = Math.floor(Math.random() * 1_000)
  const max = min + 1 + Math.floor(Math.random() * 1_000_000)
  const repo = stack.repositories.addressOf(example)
  print(`\nalice asks ${stack.accounts.caller.accountId} for a number from ${min} to ${max},`)
  print(`to be drawn by ${repo} (main)\n`)

  const began = Date.now()
  const answer = await ask(stack, {
    repo,
    commit: "main",
    input: JSON.stringify({ min, max }),
    response_format: "Json",
  })
  printAnswer(answer, Date.now() - began, print)

  const kept = await stack.provider.callFunction({
    contractId: stack.accounts.caller.accountId,
    method: "get_answer",
    args: { account_id: stack.accounts.alice.accountId },
  })
  return isDrawn(answer.value, min, max) && isDrawn(Reflect.get(Object(kept), "answer"), min, max)
}

/**
 * A guest in TypeScript, with a package and a secret: whether its seal is what the owner of the secret
 * computes for himself.
 */
export async function runSecretDemo(stack: Stack, key: string, print: Print): Promise<boolean> {
  const { alice, caller } = stack.accounts
  const repo = stack.repositories.addressOf("notary-ts")
  const message = `It is ${new Date().toISOString()}`
  print(`\nalice seals a key for ${repo}; only ${caller.accountId} may have it used`)
  const vault = await stack.openVault(alice)
  const access = { Whitelist: { accounts: [caller.accountId] } }
  const { isSimulated } = await vault.store(
    { repo, profile: "default" },
    { NOTARY_KEY: key },
    access,
  )
  if (isSimulated) print("SIMULATED: worker and keystore are in no real TDX machine here")
  print(`and asks for a seal on "${message}", by a guest in TypeScript\n`)

  const began = Date.now()
  const answer = await ask(stack, {
    repo,
    commit: "main",
    build_target: "wasm32-wasip2",
    input: message,
    response_format: "Json",
    secrets_ref: { profile: "default", account_id: alice.accountId },
  })
  printAnswer(answer, Date.now() - began, print)
  const seal = createHmac("sha256", key).update(message).digest("hex")
  return Reflect.get(Object(answer.value), "seal") === seal
}

/** One line per step, from what the processes log of it. */
export function describeStep(line: LogLine): string | undefined {
  const at = (name: string) => String(line[name])
  switch (line.msg) {
    case "request seen":
      return `monitor: request ${at("requestId")} seen in block ${at("height")}`
    case "compile started":
      return `worker: cloning and compiling ${at("repo")} at ${at("commit").slice(0, 10)}`
    case "compile done":
      return `worker: compiled in ${at("ms")} ms, wasm ${at("checksum").slice(0, 16)}…`
    case "compile failed":
      return `worker: not compiled (${at("code")}) after ${at("ms")} ms`
    case "execution started":
      return `worker: request ${at("requestId")} taken`
    case "guest ended":
      return `worker: run ended ${at("outcome")} after ${Number(line["timeMs"]).toFixed(1)} ms, ${at("instructions")} instructions, isolation ${at("isolation")}`
    case "SIMULATED: this machine protects nothing":
      return `${line.worker ?? "worker"}: ${line.msg}`
    case "key registered":
      return `worker: its key is registered by a quote, measurement ${at("measurement").slice(0, 16)}…`
    case "keys published":
      return "keystore: its keys are registered by a quote, and published"
    case "secrets released":
      return `keystore: secrets of ${at("owner")} released for request ${at("requestId")}`
    case "secrets denied":
      return `keystore: secrets of ${at("owner")} denied (${at("denial")})`
    case "execution done":
      return `worker: settled by ${at("txHash")}`
    default:
      return undefined
  }
}

function printAnswer(answer: Answer, ms: number, print: Print): void {
  const { completed } = answer
  print(`\nthe callback received  ${JSON.stringify(answer.value)}`)
  print(`transaction            ${answer.transactionHash}`)
  print(`gas                    ${(Number(answer.gasBurnt) / 1e12).toFixed(2)} Tgas`)
  print(`time                   ${ms} ms from transaction to callback`)
  if (!completed) return
  const { resources_used: used } = completed
  print(`fuel                   ${used.instructions} instructions`)
  print(`run, compilation       ${used.time_ms} ms, ${used.compile_time_ms ?? 0} ms`)
  print(
    `charged, refunded      ${inNear(completed.payment_charged)}, ${inNear(completed.payment_refunded)} NEAR`,
  )
}

function inNear(yocto: string): string {
  return formatNearAmount(yocto)
}

const Drawn = z.object({ random_number: z.int() })

function isDrawn(value: unknown, min: number, max: number): boolean {
  const drawn = Drawn.safeParse(value).data?.random_number
  return drawn !== undefined && drawn >= min && drawn <= max
}
