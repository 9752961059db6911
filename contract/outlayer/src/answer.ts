/** What a worker says of a run, and what the caller's callback gets of it. */
import { type FailureCode, isFailureCode, LIMITS, type Use } from "@outlayer/protocol/pure"
import { isAbsent, readFields, readFlag, readHex, readText, readWhole } from "./arguments.ts"
import type { Host } from "./host.ts"
import { isLonger } from "./text.ts"

/** A guest's JSON is never parsed here: it could be deep, or long. */
export interface Output {
  text: string
  /** Whether the text itself is the value, rather than its JSON. */
  isText: boolean
}

export interface Answer {
  output: Output
  error: { code: FailureCode; message: string } | null
  use: Use
  compilationNote: string | null
  resolvedCommit: string | null
  /** SHA-256 of the run's attestation, hex: whoever is shown one knows whether it is this. */
  attestationHash: string | null
}

const RESPONSE = [
  "success",
  "output",
  "error",
  "resources_used",
  "compilation_note",
  "resolved_commit",
  "attestation_hash",
]
const USE = ["instructions", "time_ms", "compile_time_ms"]
const NO_OUTPUT: Output = { text: "null", isText: false }
const NOTHING: Use = { instructions: 0, timeMs: 0, compileTimeMs: 0 }

/** Checks a worker's response. */
export function readAnswer(host: Host, response: unknown): Answer {
  const fields = readFields(response, "response", RESPONSE)
  const isSuccess = readFlag(fields["success"], "response.success")
  const note = fields["compilation_note"]
  const commit = fields["resolved_commit"]
  return {
    output: readOutput(host, fields["output"], isSuccess),
    error: readError(host, fields["error"], isSuccess),
    use: readUse(fields["resources_used"]),
    compilationNote: isAbsent(note)
      ? null
      : readShort(host, note, "compilation_note", LIMITS.compilationNoteBytes),
    resolvedCommit: isAbsent(commit)
      ? null
      : readShort(host, commit, "resolved_commit", LIMITS.commitBytes),
    attestationHash: isAbsent(fields["attestation_hash"])
      ? null
      : readHex(fields["attestation_hash"], "attestation_hash", 32),
  }
}

/** An ending that no worker spoke of. */
export function failedAnswer(code: FailureCode, message: string): Answer {
  return {
    output: NO_OUTPUT,
    error: { code, message },
    use: NOTHING,
    compilationNote: null,
    resolvedCommit: null,
    attestationHash: null,
  }
}

/** What the caller's callback gets, as JSON text. */
export function returnedText(answer: Answer, withStatus: boolean): string {
  if (answer.error) {
    return withStatus ? JSON.stringify({ status: "error", code: answer.error.code }) : "null"
  }
  const { text, isText } = answer.output
  const value = isText ? JSON.stringify(text) : text
  return withStatus ? `{"status":"ok","value":${value}}` : value
}

/** Without one: null. */
export function readOutput(host: Host, output: unknown, isSuccess: boolean): Output {
  if (isAbsent(output)) return NO_OUTPUT
  if (!isSuccess) throw new Error("A failure has an error and no output")
  const fields = readFields(output, "output", ["Bytes", "Text", "Json", "JsonText"])
  const [kind = "", ...others] = Object.keys(fields)
  if (kind === "" || others.length > 0) {
    throw new Error("output must be one of Bytes, Text, Json, JsonText")
  }
  const value = fields[kind]
  if (kind === "Bytes") return { text: `"${readBase64(host, value)}"`, isText: false }
  if (kind === "Text") {
    return { text: readSized(host, readText(value, "output.Text")), isText: true }
  }
  const json = kind === "Json" ? JSON.stringify(value) : readJsonText(value)
  return { text: readSized(host, json), isText: false }
}

function readBase64(host: Host, value: unknown): string {
  const text = readText(value, "output.Bytes")
  const bytes = host.fromBase64(text)
  if (!bytes) throw new Error("output.Bytes must be base64")
  if (bytes.length > LIMITS.outputBytes) throw tooLong()
  return text
}

/** Carried as it is: that it is JSON, and not too deep, the worker has checked. */
function readJsonText(value: unknown): string {
  const text = readText(value, "output.JsonText")
  if (text === "") throw new Error("output.JsonText is empty")
  return text
}

function readSized(host: Host, text: string): string {
  if (isLonger(host, text, LIMITS.outputBytes)) throw tooLong()
  return text
}

function tooLong(): Error {
  return new Error(`output is longer than ${LIMITS.outputBytes} bytes`)
}

function readError(host: Host, value: unknown, isSuccess: boolean): Answer["error"] {
  if (isSuccess) {
    if (!isAbsent(value)) throw new Error("A success has no error")
    return null
  }
  const fields = readFields(value, "error", ["code", "message"])
  const { code } = fields
  if (!isFailureCode(code)) {
    throw new Error(`error.code is not a failure code: ${JSON.stringify(code)}`)
  }
  const message = isAbsent(fields["message"])
    ? ""
    : readShort(host, fields["message"], "error.message", LIMITS.errorMessageBytes)
  return { code, message }
}

function readUse(value: unknown): Use {
  const fields = readFields(value, "resources_used", USE)
  return {
    instructions: readWhole(fields["instructions"], "resources_used.instructions"),
    timeMs: readWhole(fields["time_ms"], "resources_used.time_ms"),
    compileTimeMs: isAbsent(fields["compile_time_ms"])
      ? 0
      : readWhole(fields["compile_time_ms"], "resources_used.compile_time_ms"),
  }
}

/** It goes into an event, and a call may log only so much. */
function readShort(host: Host, value: unknown, what: string, bytes: number): string {
  const text = readText(value, what)
  if (isLonger(host, text, bytes)) throw new Error(`${what} is longer than ${bytes} bytes`)
  return text
}
