/** One JSON request over a Unix socket, bounded in time and size; what is no 200 with JSON is an error. */
import { request } from "node:http"

export type DstackErrorCode =
  | "dstack_unreachable"
  | "dstack_timeout"
  | "dstack_too_large"
  | "dstack_malformed"
  | "dstack_refused"

export class DstackError extends Error {
  readonly code: DstackErrorCode

  constructor(code: DstackErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = "DstackError"
    this.code = code
  }
}

interface PostParams {
  readonly socketPath: string
  readonly path: string
  readonly body: object
  readonly timeoutMs: number
}

/** A quote with its event log has 30 KB. */
const REPLY_BYTES_MAX = 1024 * 1024

export async function postJson({
  socketPath,
  path,
  body,
  timeoutMs,
}: PostParams): Promise<unknown> {
  const payload = Buffer.from(JSON.stringify(body), "utf8")
  const signal = AbortSignal.timeout(timeoutMs)
  const reply = await new Promise<{ status: number; text: string }>((resolve, reject) => {
    const outgoing = request(
      {
        socketPath,
        path,
        method: "POST",
        signal,
        headers: { "content-type": "application/json", "content-length": payload.length },
      },
      (incoming) => {
        const chunks: Buffer[] = []
        let size = 0
        incoming.on("data", (chunk: Buffer) => {
          size += chunk.length
          chunks.push(chunk)
          if (size > REPLY_BYTES_MAX) {
            incoming.destroy(new DstackError("dstack_too_large", `${path} answers without end`))
          }
        })
        incoming.on("end", () => {
          // Decoded whole: a character of several bytes may lie across two chunks.
          const text = Buffer.concat(chunks).toString("utf8")
          resolve({ status: incoming.statusCode ?? 0, text })
        })
        incoming.on("error", reject)
      },
    )
    outgoing.on("error", reject)
    outgoing.end(payload)
  }).catch((error: unknown) => {
    throw toDstackError(error, path, signal)
  })
  return read(path, reply)
}

function read(path: string, { status, text }: { status: number; text: string }): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new DstackError("dstack_malformed", `${path}: status ${status}, and no JSON`)
  }
  const { error } = Object(value) as { error?: unknown }
  // Old agents answer 200 with an error in the body.
  if (status !== 200 || error !== undefined) {
    const said = typeof error === "string" ? error.slice(0, 200) : "no reason given"
    throw new DstackError("dstack_refused", `${path}: status ${status}: ${said}`)
  }
  return value
}

function toDstackError(error: unknown, path: string, signal: AbortSignal): DstackError {
  if (error instanceof DstackError) return error
  if (signal.aborted) return new DstackError("dstack_timeout", `${path} did not answer in time`)
  return new DstackError(
    "dstack_unreachable",
    `${path}: the guest agent is not there, or broke off`,
    {
      cause: error,
    },
  )
}
