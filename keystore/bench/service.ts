/** The keystore's application in a process of its own, and workers that ask it over HTTP. */
import { fork } from "node:child_process"
import { once } from "node:events"
import { Agent, request } from "node:http"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import type { Run } from "./by-turns.ts"
import { benchWorker, signedQuestion, TOKEN } from "./world.ts"

/** `answer` counts the service's time for decrypts, `yardstick` the same process's for the yardstick. */
export async function openService(folder: string, workers: number) {
  const main = fileURLToPath(new URL("server.ts", import.meta.url))
  const server = fork(main, [folder, String(workers)])
  const { baseUrl, sessionIds } = (await reply()) as { baseUrl: string; sessionIds: string[] }
  const agent = new Agent({ keepAlive: true })
  let sequence = 0

  const answer: Run = async (count) => {
    const asking = sessionIds.map((id, number) =>
      Array.from({ length: count / workers }, () =>
        JSON.stringify(signedQuestion(benchWorker(number), id, (sequence += 1))),
      ),
    )
    const before = await cpuNow()
    await Promise.all(
      asking.map(async (bodies) => {
        for (const body of bodies) await post(`${baseUrl}/decrypt`, body, agent)
      }),
    )
    return (await cpuNow()) - before
  }

  const yardstick: Run = async (count) => {
    const before = await cpuNow()
    server.send({ yardstick: count })
    await reply()
    return (await cpuNow()) - before
  }

  return {
    answer,
    yardstick,
    async [Symbol.asyncDispose]() {
      agent.destroy()
      const ended = once(server, "exit")
      server.kill()
      await ended
    },
  }

  async function cpuNow(): Promise<number> {
    server.send({ yardstick: 0 })
    const { user, system } = (await reply()) as NodeJS.CpuUsage
    return user + system
  }

  async function reply(): Promise<unknown> {
    return ((await once(server, "message")) as [unknown])[0]
  }
}

async function post(url: string, body: string, agent: Agent): Promise<void> {
  const headers = {
    authorization: `Bearer ${TOKEN}`,
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
  }
  const sent = request(url, { method: "POST", agent, headers }).end(body)
  const [response] = (await once(sent, "response")) as [NodeJS.ReadableStream]
  const answer = await text(response)
  if (!answer.includes('"sealed":"')) throw new Error(answer)
}
