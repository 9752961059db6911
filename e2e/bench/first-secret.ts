/** From the start of a worker in a (simulated) machine to the first secret in its hands, by parts. */
import { ask, type LogLine, type Question, startStack } from "@outlayer/stack"
import { createJournal } from "./journal.ts"
import { requestIdOf } from "./request-id.ts"

const SECRETS = { KEY: "value" }

/** In milliseconds. `publishProbe` puts the guest where its address says. */
export async function measureFirstSecret(
  publishProbe: (repositories: Repositories) => Promise<void>,
): Promise<[name: string, ms: number][]> {
  const journal = createJournal()
  const said = new Map<string, LogLine>()
  await using stack = await startStack({
    tee: true,
    onStep: () => {},
    onLog: (line) => {
      journal.onLog(line)
      said.set(`${line.worker} ${line.msg}`, line)
    },
  })
  const { alice } = stack.accounts
  await publishProbe(stack.repositories)
  const repo = stack.repositories.addressOf("probe")
  const vault = await stack.openVault(alice)
  await vault.store({ repo, profile: "default" }, SECRETS, "AllowAll")
  const secrets_ref = { profile: "default", account_id: alice.accountId }
  const question = { repo, commit: "main", input: "hash KEY", secrets_ref }
  // Built, and its build signed by a worker whose registration lives on.
  await ask(stack, question)
  await stack.workers[0]?.crash()

  const { name } = await stack.addWorker({ ENABLE_EVENT_MONITOR: "true" })
  const at = (message: string) => timeOf(said.get(`${name} ${message}`))
  const start = at("ready") - Number(said.get(`${name} ready`)?.["startMs"])
  const first = await untilSecret(question)
  const second = await untilSecret(question)
  return [
    ["start to its key registered", at("key registered") - start],
    ["start to ready", at("ready") - start],
    ["first task: taken to its secret", first],
    ["next task: taken to its secret", second],
    ["start to first secret", at("ready") - start + first],
  ]

  async function untilSecret(asked: Question): Promise<number> {
    const requestId = requestIdOf(await ask(stack, asked))
    const leased = await journal.find(requestId, "coordinator", "task leased")
    return timeOf(await journal.find(requestId, "worker", "keystore answered")) - timeOf(leased)
  }
}

type Repositories = Awaited<ReturnType<typeof startStack>>["repositories"]

function timeOf(line: LogLine | undefined): number {
  return Date.parse(String(line?.["time"]))
}
