/**
 * A client of the contract `outlayer`: `ask` pauses until the answer is there, then `on_answer`
 * keeps it for `get_answer`. What to take from here: pass the deposit on, name who gets the refund,
 * and cope with an answer that is null, and with a request that was refused.
 */
import { assert, call, initialize, near, NearBindgen, NearPromise, view } from "near-sdk-js"

interface Question {
  repo: string
  commit: string
  build_target?: string
  /** For the program's standard input. */
  input?: string
  resource_limits?: object
  response_format?: "Bytes" | "Text" | "Json"
  /** Who gets what is left of the deposit: the asker, unless said otherwise. */
  payer_account_id?: string
  with_status?: boolean
  secrets_ref?: object
  encrypted_secrets?: string | number[]
  /** Where the program may send HTTP: hosts, or hosts with ports. */
  http_hosts?: string[]
}

/** What `ask` leaves for `on_answer`. */
interface Asked {
  asker: string
  deposit: string
}

/** Enough for a small request, 50 Tgas for outlayer's callback among it; it also gets our rest. */
const REQUEST_GAS = 70_000_000_000_000n
const CALLBACK_GAS = 20_000_000_000_000n

@NearBindgen({ requireInit: true })
// oxlint-disable-next-line no-unused-vars -- exported, it would be a method itself
class CallerContract {
  outlayer_id = ""

  @initialize({})
  init({ outlayer_id }: { outlayer_id: string }): void {
    assert(typeof outlayer_id === "string", "outlayer_id is missing")
    this.outlayer_id = outlayer_id
  }

  /** Comes to what `on_answer` returns: the answer. */
  @call({ payableFunction: true })
  ask({ repo, commit, build_target, input, ...options }: Question): NearPromise {
    const asker = near.predecessorAccountId()
    const deposit = near.attachedDeposit()
    const request = JSON.stringify({
      payer_account_id: asker,
      ...options,
      code_source: { repo, commit, build_target },
      input_data: input,
    })
    const asked: Asked = { asker, deposit: String(deposit) }
    return NearPromise.new(this.outlayer_id)
      .functionCallWeight("request_execution", request, deposit, REQUEST_GAS, 1n)
      .then(
        NearPromise.new(near.currentAccountId()).functionCall(
          "on_answer",
          JSON.stringify(asked),
          0n,
          CALLBACK_GAS,
        ),
      )
      .asReturn()
  }

  @call({ privateFunction: true })
  on_answer({ asker, deposit }: Asked): void {
    const answer = readAnswer()
    // The deposit of a request that was refused has come back to us.
    if (answer === undefined) NearPromise.new(asker).transfer(BigInt(deposit)).build()
    near.storageWrite(keyOf(asker), `{"status":"${statusOf(answer)}","answer":${answer ?? "null"}}`)
    near.valueReturn(answer ?? "null")
  }

  /** The last answer that an account got, or null: `{status, answer}`. */
  @view({})
  get_answer({ account_id }: { account_id: string }): void {
    near.valueReturn(near.storageRead(keyOf(account_id)) ?? "null")
  }
}

/** The answer's JSON text, unparsed: it may be long. Undefined when there was no request. */
function readAnswer(): string | undefined {
  try {
    return near.promiseResult(0)
  } catch {
    return undefined
  }
}

/** A program may answer null as well: who must tell that from a failure asks `with_status`. */
function statusOf(answer: string | undefined): "answered" | "failed" | "refused" {
  if (answer === undefined) return "refused"
  return answer === "null" || answer.startsWith('{"status":"error"') ? "failed" : "answered"
}

function keyOf(accountId: string): string {
  return `answer:${accountId}`
}
