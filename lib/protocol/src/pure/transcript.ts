/** The canonical bytes of what a run can be repeated from, in the parts that it is given out in. */
import { canonicalBytes, canonicalText } from "./canonical-bytes.ts"

/** Bytes are base64, here and in JSON: of either there is one spelling. */
export interface HashedHttpExchange {
  request: {
    method: string
    scheme: string
    authority: string
    path: string
    headers: readonly (readonly [name: string, value: string])[]
    body: string
  }
  /** What came of it: the status and the pieces that the guest has taken, or a failure's code. */
  status: number | null
  headers: readonly (readonly [name: string, value: string])[]
  pieces: readonly string[]
  /** Null where the guest did not wait for the end. */
  trailers: readonly (readonly [name: string, value: string])[] | null
  failure: string | null
}

/** What must not be told to one who is not to know the run's secrets, where it had any. */
export interface HashedDraws {
  /** A guest may have made a key, or signed with one, by its draws. */
  seed: string
  http: readonly HashedHttpExchange[]
}

export interface HashedPrivatePart {
  blinding: string
  secrets: readonly (readonly [name: string, value: string])[]
  draws: HashedDraws
}

export interface HashedSharedPart {
  blinding: string
  /** Of its receipt without the pointer back: so it belongs to no other. */
  facts_hash: string
  wall_clock_ns: string
  program_name: string
  arguments: readonly string[]
  /** Without secrets. */
  environment: readonly (readonly [name: string, value: string])[]
  stdin: string
  files: readonly { path: string; bytes: string | null; link: string | null }[] | null
  /** Here where there are no secrets. */
  draws: HashedDraws | null
}

type Utf8 = (text: string) => Uint8Array

export function encodeSharedPart(utf8: Utf8, part: HashedSharedPart): Uint8Array {
  return canonicalBytes(utf8, "outlayer-transcript-shared-1", [
    part.blinding,
    part.facts_hash,
    part.wall_clock_ns,
    part.program_name,
    part.arguments,
    part.environment.flat(),
    part.stdin,
    part.files && part.files.map(fileText),
    part.draws && drawsText(part.draws),
  ])
}

export function encodePrivatePart(utf8: Utf8, part: HashedPrivatePart): Uint8Array {
  return canonicalBytes(utf8, "outlayer-transcript-private-1", [
    part.blinding,
    part.secrets.flat(),
    drawsText(part.draws),
  ])
}

export function encodeArguments(
  utf8: Utf8,
  programName: string,
  args: readonly string[],
): Uint8Array {
  return canonicalBytes(utf8, "outlayer-arguments-1", [programName, args])
}

export function encodeFiles(utf8: Utf8, files: NonNullable<HashedSharedPart["files"]>): Uint8Array {
  return canonicalBytes(utf8, "outlayer-files-1", [files.map(fileText)])
}

/** `blinding` is that of the part which holds them. */
export function encodeHostAnswers(
  utf8: Utf8,
  blinding: string,
  http: readonly HashedHttpExchange[],
): Uint8Array {
  return canonicalBytes(utf8, "outlayer-host-answers-1", [blinding, http.map(exchangeText)])
}

function drawsText({ seed, http }: HashedDraws): string {
  return canonicalText("draws", [seed, http.map(exchangeText)])
}

function fileText({ path, bytes, link }: NonNullable<HashedSharedPart["files"]>[number]): string {
  return canonicalText("file", [path, bytes, link])
}

function exchangeText({ request, ...answer }: HashedHttpExchange): string {
  return canonicalText("exchange", [
    request.method,
    request.scheme,
    request.authority,
    request.path,
    request.headers.flat(),
    request.body,
    answer.status,
    answer.headers.flat(),
    answer.pieces,
    answer.trailers && answer.trailers.flat(),
    answer.failure,
  ])
}
