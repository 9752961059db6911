/** What stories are told with: the whole system, once per file, and an account of every yocto. */
import { execFile } from "node:child_process"
import { appendFile, cp } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { DEFAULT_PRICES, type FailureCode, settle } from "@outlayer/protocol/pure"
import {
  type Answer,
  ask,
  type AskOptions,
  type LogLine,
  publish,
  type Question,
  type Stack,
  type StackOptions,
  startStack,
} from "@outlayer/stack"
import { expect, test } from "vitest"
import { type HostileCoordinator, startHostileCoordinator } from "./hostile/coordinator.ts"
import { watchLeaks } from "./leaks/watch-leaks.ts"

/** Whatever could be in a log shall be searched. */
const LOUD = { LOG_LEVEL: "debug" }
const GUESTS = fileURLToPath(new URL("guests/", import.meta.url))

export interface System extends Stack {
  /** What every process has logged so far. */
  logs: LogLine[]
  /** Where there are machines: it stands between the coordinator and all who speak to it. */
  hostile: HostileCoordinator | undefined
  /** A value that nobody but its owner and a guest may ever know. */
  invent(name: string): string
  /** Asks the guest that does what its input says. */
  ask(input: string, question?: Partial<Question>, options?: AskOptions): Promise<Answer>
  /** Publishes a guest of `guests/`; its address. A comment makes it a commit that nobody has. */
  publishGuest(guest: string, as?: string, comment?: string): Promise<string>
  /** Git in a repository of ours. */
  git(name: string, ...args: string[]): Promise<string>
  /** All that was asked so far has ended once, and what was charged adds up. */
  expectSettledOnce(): Promise<void>
  /** The same, one at a time: what the asker lost is what was charged and the gas, to the yocto. */
  probe(input: string, question?: Partial<Question>, options?: AskOptions): Promise<Answer>
}

/**
 * vitest's `test` with a running system of its own per file. When that has ended, whatever its processes
 * have printed and stored is searched for secrets.
 */
export function story(options: Partial<StackOptions> = {}) {
  return test.extend("system", { scope: "file" }, async ({}, { onCleanup }) => {
    const logs: LogLine[] = []
    const leaks = watchLeaks()
    let hostile: HostileCoordinator | undefined
    const onLog = (line: LogLine, text: string) => {
      logs.push(line)
      leaks.onLog(line, text)
    }
    const stack = await startStack({
      onStep: () => {},
      onLog,
      onSecret: leaks.onSecret,
      ...(options.tee && {
        between: async (url) => (hostile = await startHostileCoordinator(url)),
      }),
      ...options,
      coordinatorEnv: { ...LOUD, ...options.coordinatorEnv },
      keystoreEnv: { ...LOUD, ...options.keystoreEnv },
      workerEnv: { ...LOUD, ...options.workerEnv },
    })
    onCleanup(async () => leaks.expectNone(await endOf(stack, () => leaks.gather(stack, hostile))))
    const repo = await publishGuest(stack, "probe")
    const answers: Answer[] = []
    async function askProbe(input: string, question?: Partial<Question>, options?: AskOptions) {
      const answer = await ask(stack, { repo, commit: "main", input, ...question }, options)
      answers.push(answer)
      return answer
    }
    const system: System = {
      ...stack,
      logs,
      hostile,
      invent: (name) => leaks.invent(name),
      publishGuest: (...args) => publishGuest(stack, ...args),
      git: (...args) => runGit(stack, ...args),
      ask: askProbe,
      async probe(input, question, options) {
        const before = await balanceOf(stack.accounts.alice)
        const answer = await askProbe(input, question, options)
        const lost = before - (await balanceOf(stack.accounts.alice))
        expect(lost).toBe(chargeOf(answer) + answer.tokensBurntYocto)
        return answer
      },
      async expectSettledOnce() {
        const contractId = stack.accounts.outlayer.accountId
        const stats = await stack.provider.callFunction({
          contractId,
          method: "get_stats",
          args: {},
        })
        const ended = answers.filter(({ completed }) => completed)
        const charged = ended.reduce((sum, answer) => sum + chargeOf(answer), 0n)
        expect(new Set(ended.map(({ completed }) => completed?.request_id)).size).toBe(ended.length)
        expect(stats).toMatchObject({
          total_executions: ended.length,
          total_fees_collected: String(charged),
        })
      },
    }
    return system
  })
}

/** Ends it, whatever comes of the last look at it. */
async function endOf<Seen>(stack: Stack, look: () => Promise<Seen>): Promise<Seen> {
  await using _ = stack
  return await look()
}

function chargeOf({ completed }: Answer): bigint {
  return BigInt(completed?.payment_charged ?? 0)
}

async function publishGuest(
  { repositories }: Stack,
  guest: string,
  as = guest,
  comment?: string,
): Promise<string> {
  await publish(repositories, as, async (tree) => {
    await cp(join(GUESTS, guest), tree, { recursive: true })
    if (comment !== undefined) await appendFile(join(tree, `${guest}.c`), `// ${comment}\n`)
  })
  return repositories.addressOf(as)
}

async function runGit({ repositories }: Stack, name: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)("git", args, {
    cwd: join(repositories.folder, name),
    env: { PATH: process.env["PATH"], GIT_CONFIG_GLOBAL: "/dev/null" },
  })
  return stdout.trim()
}

export async function balanceOf(account: Stack["accounts"]["alice"]): Promise<bigint> {
  return (await account.getState()).balance.total
}

/** What a request that ended so must cost, by the money table. */
export function expectCharge({ completed }: Answer, payment: bigint, failure?: FailureCode): void {
  const used = completed?.resources_used
  const expected = settle(
    DEFAULT_PRICES,
    payment,
    {
      instructions: used?.instructions ?? 0,
      timeMs: used?.time_ms ?? 0,
      compileTimeMs: used?.compile_time_ms ?? 0,
    },
    failure,
  )
  expect(completed?.payment_charged).toBe(String(expected.charged))
  expect(completed?.payment_refunded).toBe(String(expected.refunded))
}
