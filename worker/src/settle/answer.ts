/** What the contract is told of a request: made from a verdict, or from how a run ended. */
import type {
  ExecuteTask,
  ExecutionOutput,
  ExecutionResponse,
  Failure,
  ResponseFormat,
} from "@outlayer/protocol"
import { type FailureCode, LIMITS } from "@outlayer/protocol/pure"
import { cutText } from "@outlayer/service"
import { describeFrame, type Execution, failureCode } from "../sandbox/sandbox.ts"
import { isJsonWithin } from "./json-depth.ts"

/** An answer without a run: the build failed, the deadline is too near, a secret cannot be had. */
export function failureAnswer(task: ExecuteTask, { code, message }: Failure): ExecutionResponse {
  return withOrigin(task, {
    success: false,
    output: null,
    error: { code, message: cutText(message, LIMITS.errorMessageBytes) },
    resources_used: { instructions: 0, time_ms: 0 },
  })
}

/** `cutOff` is the code of a run that the deadline ended. */
export function executionAnswer(
  task: ExecuteTask,
  execution: Execution,
  cutOff: FailureCode,
): ExecutionResponse {
  const output = readOutput(execution, task.request.response_format)
  const error = describeFailure(execution, cutOff) ?? ("code" in output ? output : null)
  const resources_used = {
    instructions: Number(execution.instructions),
    time_ms: Math.ceil(execution.timeMs),
  }
  if (error) return withOrigin(task, { success: false, output: null, error, resources_used })
  return withOrigin(task, {
    success: true,
    output: output as ExecutionOutput,
    error: null,
    resources_used,
  })
}

function withOrigin(task: ExecuteTask, answer: ExecutionResponse): ExecutionResponse {
  const { compile_time_ms, compilation_note, resolved_commit } = task
  const resources_used = {
    ...answer.resources_used,
    ...(compile_time_ms !== null && { compile_time_ms }),
  }
  return {
    ...answer,
    resources_used,
    ...(compilation_note !== null && {
      compilation_note: cutText(compilation_note, LIMITS.compilationNoteBytes),
    }),
    ...(resolved_commit !== null && { resolved_commit }),
  }
}

function describeFailure(execution: Execution, cutOff: FailureCode): Failure | undefined {
  const { outcome } = execution
  const code = outcome.kind === "aborted" ? cutOff : failureCode(outcome)
  return code && { code, message: cutText(describeOutcome(outcome), LIMITS.errorMessageBytes) }
}

/** For people. What the guest printed on stderr is for the operator's log alone. */
function describeOutcome(outcome: Execution["outcome"]): string {
  switch (outcome.kind) {
    case "trap":
      return [outcome.trap, ...outcome.where.slice(0, 3).map(describeFrame)].join(" in ")
    case "out_of_fuel":
      return "The run used up its instructions"
    case "out_of_memory":
      return "The run needed more memory than its limit"
    case "timed_out":
      return "The run took longer than its time limit"
    case "exit_nonzero":
      return `The program exited with code ${outcome.exitCode}`
    case "output_too_large":
      return `The output has more than ${LIMITS.outputBytes} bytes`
    case "stack_overflow":
      return "The program's calls were nested too deep"
    case "refused":
      return `The module was refused: ${outcome.reason}`
    case "aborted":
      return "The chain's deadline ended the run"
    case "infrastructure":
      return "The worker could not run the program"
    case "ok":
      return ""
  }
}

function readOutput({ output }: Execution, format: ResponseFormat): ExecutionOutput | Failure {
  if (format === "Bytes") return { Bytes: Buffer.from(output).toString("base64") }
  const text = readUtf8(output)
  if (text === undefined) return invalid("The output is not UTF-8")
  if (format === "Text") return { Text: text }
  const json = text.trim()
  if (!isJsonWithin(json, LIMITS.jsonDepth)) {
    return invalid(`The output is not JSON of at most ${LIMITS.jsonDepth} levels`)
  }
  return { JsonText: json }
}

function invalid(message: string): Failure {
  return { code: "output_invalid" satisfies FailureCode, message }
}

function readUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
