/** A guest agent of dstack that speaks for a machine that does not exist: HTTP over a Unix socket. */
import { createHash, hkdfSync } from "node:crypto"
import { once } from "node:events"
import { rm } from "node:fs/promises"
import { createServer, type IncomingMessage, type Server } from "node:http"
import type { LogEvent, TdReport } from "../pure/index.ts"
import { type Boot, bootEvents, replay, runtimeEvent } from "./event-log.ts"
import { createPki } from "./pki.ts"
import { createQuote, REPORT } from "./quote.ts"

export interface GuestAgentOptions {
  /** Of the machine and its keys. */
  readonly seed: Uint8Array
  readonly boot: Boot
  /** What differs from the simulator's usual measurements. */
  readonly report?: Partial<TdReport>
}

const BODY_BYTES_MAX = 64 * 1024

/** Listens until it is disposed of. */
export async function startGuestAgent(
  socketPath: string,
  options: GuestAgentOptions,
): Promise<AsyncDisposable> {
  const answer = createAnswers(options)
  const server = createServer((request, response) => {
    respond(request, answer).then(
      ([status, reply]) => {
        response.writeHead(status, { "content-type": "application/json" })
        response.end(JSON.stringify(reply))
      },
      // Who asked has hung up.
      () => response.destroy(),
    )
  })
  await rm(socketPath, { force: true })
  await listen(server, socketPath)
  return {
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close")
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

type Reply = [status: number, body: object]
type Answers = (method: string, params: Record<string, unknown>) => Reply

function createAnswers({ seed, boot, report }: GuestAgentOptions): Answers {
  const pki = createPki(seed)
  const events: LogEvent[] = bootEvents(boot)
  const measured = { ...REPORT, ...report }
  const { composeHash, appId = composeHash.slice(0, 40), instanceId = "" } = boot

  return (method, params) => {
    switch (method) {
      case "/GetQuote": {
        const reportData = readHex(params["report_data"], 64)
        if (reportData === undefined) return refuse("report_data is at most 64 bytes of hex")
        const report_data = reportData.padEnd(128, "0")
        const quote = createQuote(pki, {
          report: { ...measured, rtmr3: replay(events), reportData: report_data },
        })
        const event_log = JSON.stringify(events)
        const vm_config = JSON.stringify({ simulated: true })
        return [200, { quote: hex(quote), event_log, report_data, vm_config }]
      }
      case "/GetKey": {
        const { path = "" } = params
        if (typeof path !== "string") return refuse("path is text")
        // As in dstack, neither purpose nor algorithm makes another key.
        const key = hkdfSync("sha256", seed, appId, `simulated key\0${path}`, 32)
        const signature_chain = [hex(sha256(`${path} 1`)), hex(sha256(`${path} 2`))]
        return [200, { key: hex(new Uint8Array(key)), signature_chain }]
      }
      case "/Info": {
        const { mrTd: mrtd, rtmr0, rtmr1, rtmr2 } = measured
        const tcb_info = { mrtd, rtmr0, rtmr1, rtmr2, rtmr3: replay(events), event_log: events }
        const ids = { app_id: appId, instance_id: instanceId, compose_hash: composeHash }
        return [200, { ...ids, app_name: "simulated", tcb_info: JSON.stringify(tcb_info) }]
      }
      case "/EmitEvent": {
        const { event } = params
        const payload = readHex(params["payload"], 1024)
        if (typeof event !== "string" || payload === undefined) return refuse("event and payload")
        events.push(runtimeEvent(event, payload))
        return [200, {}]
      }
      case "/Version":
        return [200, { version: "0.5.8", rev: "simulated" }]
      default:
        return [404, { error: `no method ${method}` }]
    }
  }
}

async function respond(request: IncomingMessage, answer: Answers): Promise<Reply> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > BODY_BYTES_MAX) return [413, { error: "the request is too large" }]
    chunks.push(chunk)
  }
  if (request.method !== "POST") return [405, { error: "POST" }]
  try {
    const params: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8") || "{}")
    return answer(request.url ?? "", Object(params) as Record<string, unknown>)
  } catch {
    return refuse("the request is not JSON")
  }
}

function refuse(error: string): Reply {
  return [400, { error }]
}

async function listen(server: Server, socketPath: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen(socketPath, resolve)
  })
}

/** At most `bytes` of hex, lower case. */
function readHex(value: unknown, bytes: number): string | undefined {
  const isHex = typeof value === "string" && /^(?:[0-9a-f]{2})*$/i.test(value)
  return isHex && value.length <= bytes * 2 ? value.toLowerCase() : undefined
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest()
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex")
}
