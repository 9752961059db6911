/**
 * The guest agent of dstack: HTTP over a Unix socket inside of the TD. Whoever reaches this socket gets
 * any quote and every key, so no child process may.
 */
import { z } from "zod"
import type { LogEvent } from "../pure/index.ts"
import { DstackError, postJson } from "./post-json.ts"

export interface AttestedQuote {
  readonly quote: Uint8Array
  readonly eventLog: readonly LogEvent[]
}

export interface DstackInfo {
  /** Hex. */
  readonly appId: string
  readonly instanceId: string
  readonly composeHash: string
}

export interface DstackClient {
  /** `reportData` has 64 bytes: the agent would pad a shorter one without a word. */
  readonly getQuote: (reportData: Uint8Array) => Promise<AttestedQuote>
  /**
   * 32 bytes that depend on the application and on `path` alone, not on what they are for: every use
   * has a path of its own.
   */
  readonly getKey: (path: string) => Promise<Uint8Array>
  readonly getInfo: () => Promise<DstackInfo>
}

export interface DstackOptions {
  readonly socketPath: string
  readonly timeoutMs?: number
}

const QUOTE_TIMEOUT_MS = 30_000

const Hex = z.string().regex(/^(?:[0-9a-fA-F]{2})*$/)
const QuoteReply = z.object({ quote: Hex, event_log: z.string() })
const KeyReply = z.object({ key: Hex.length(64) })
const InfoReply = z.object({ app_id: Hex, instance_id: Hex, compose_hash: Hex.length(64) })
const EventLog = z.array(
  z.object({
    imr: z.number(),
    event_type: z.number(),
    digest: z.string(),
    event: z.string(),
    event_payload: z.string(),
    version: z.number().optional(),
  }),
)

export function createDstackClient({
  socketPath,
  timeoutMs = QUOTE_TIMEOUT_MS,
}: DstackOptions): DstackClient {
  async function call<Schema extends z.ZodType>(
    method: string,
    body: object,
    schema: Schema,
  ): Promise<z.output<Schema>> {
    const reply = await postJson({ socketPath, path: `/${method}`, body, timeoutMs })
    return parse(method, reply, schema)
  }

  return {
    async getQuote(reportData) {
      if (reportData.length !== 64) throw new TypeError("REPORTDATA is 64 bytes")
      const report_data = Buffer.from(reportData).toString("hex")
      const { quote, event_log } = await call("GetQuote", { report_data }, QuoteReply)
      const eventLog = parse("GetQuote", parseJson("GetQuote", event_log), EventLog)
      return { quote: Buffer.from(quote, "hex"), eventLog }
    },
    async getKey(path) {
      const { key } = await call("GetKey", { path, purpose: "" }, KeyReply)
      return Buffer.from(key, "hex")
    },
    async getInfo() {
      const reply = await call("Info", {}, InfoReply)
      const { app_id: appId, instance_id: instanceId, compose_hash: composeHash } = reply
      return { appId, instanceId, composeHash }
    },
  }
}

function parse<Schema extends z.ZodType>(
  method: string,
  value: unknown,
  schema: Schema,
): z.output<Schema> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  // The issues name fields, not values: a reply to GetKey must not reach a log.
  throw new DstackError("dstack_malformed", `${method}: ${z.prettifyError(parsed.error)}`)
}

function parseJson(method: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new DstackError("dstack_malformed", `${method}: the event log is not JSON`)
  }
}
