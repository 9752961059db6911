/** What each function of preview 2 takes (the WIT files of WASI 0.2); of a class the methods, `this` not counted. */
import {
  BYTES,
  flags,
  handle,
  list,
  NOTHING,
  option,
  record,
  type Shape,
  TEXT,
  tuple,
  U32,
  U64,
  U8,
  variant,
} from "./given.guest.ts"

type Functions = Readonly<Record<string, readonly Shape[]>>

const cases = (...names: readonly string[]): [string, Shape][] =>
  names.map((name) => [name, NOTHING])

const DATETIME = record({ seconds: U64, nanoseconds: U32 })
const NEW_TIME = variant(new Map([...cases("no-change", "now"), ["timestamp", DATETIME]]))
const RESULT = variant(new Map(cases("ok", "err")))
const METHOD = variant(
  new Map([
    ...cases(..."get head post put delete connect options trace patch".split(" ")),
    ["other", TEXT],
  ]),
)
const SCHEME = variant(new Map([...cases("HTTP", "HTTPS"), ["other", TEXT]]))
const PATH_FLAGS = flags("symlinkFollow")
const OPEN_FLAGS = flags("create", "directory", "exclusive", "truncate")
const DESCRIPTOR_FLAGS = flags("read", "write", "mutateDirectory")
const ERROR = handle("Error")
const INPUT = handle("InputStream")
const DESCRIPTOR = handle("Descriptor")
const FIELDS = handle("Fields")

/** By function, or by class and method; what is not here takes nothing of a guest's, and is none of its calls. */
export const PARAMETERS: Readonly<Record<string, Functions>> = {
  "wasi:cli/environment": { getEnvironment: [], getArguments: [], initialCwd: [] },
  "wasi:cli/exit": { exit: [RESULT], exitWithCode: [U8] },
  "wasi:cli/stdin": { getStdin: [] },
  "wasi:cli/stdout": { getStdout: [] },
  "wasi:cli/stderr": { getStderr: [] },
  "wasi:cli/terminal-stdin": { getTerminalStdin: [] },
  "wasi:cli/terminal-stdout": { getTerminalStdout: [] },
  "wasi:cli/terminal-stderr": { getTerminalStderr: [] },
  "wasi:io/error": { "Error.toDebugString": [] },
  "wasi:io/poll": {
    "Pollable.ready": [],
    "Pollable.block": [],
    poll: [list(handle("Pollable"))],
  },
  "wasi:io/streams": {
    "InputStream.read": [U64],
    "InputStream.blockingRead": [U64],
    "InputStream.skip": [U64],
    "InputStream.blockingSkip": [U64],
    "InputStream.subscribe": [],
    "OutputStream.checkWrite": [],
    "OutputStream.write": [BYTES],
    "OutputStream.blockingWriteAndFlush": [BYTES],
    "OutputStream.flush": [],
    "OutputStream.blockingFlush": [],
    "OutputStream.subscribe": [],
    "OutputStream.writeZeroes": [U64],
    "OutputStream.blockingWriteZeroesAndFlush": [U64],
    "OutputStream.splice": [INPUT, U64],
    "OutputStream.blockingSplice": [INPUT, U64],
  },
  "wasi:clocks/wall-clock": { now: [], resolution: [] },
  "wasi:clocks/monotonic-clock": {
    now: [],
    resolution: [],
    subscribeInstant: [U64],
    subscribeDuration: [U64],
  },
  "wasi:clocks/timezone": { display: [DATETIME], utcOffset: [DATETIME] },
  "wasi:random/random": { getRandomBytes: [U64], getRandomU64: [] },
  "wasi:random/insecure": { getInsecureRandomBytes: [U64], getInsecureRandomU64: [] },
  "wasi:random/insecure-seed": { insecureSeed: [] },
  "wasi:filesystem/preopens": { getDirectories: [] },
  "wasi:filesystem/types": {
    "Descriptor.readViaStream": [U64],
    "Descriptor.writeViaStream": [U64],
    "Descriptor.appendViaStream": [],
    "Descriptor.read": [U64, U64],
    "Descriptor.write": [BYTES, U64],
    "Descriptor.setSize": [U64],
    "Descriptor.getFlags": [],
    "Descriptor.getType": [],
    "Descriptor.stat": [],
    "Descriptor.setTimes": [NEW_TIME, NEW_TIME],
    "Descriptor.advise": [U64, U64, TEXT],
    "Descriptor.sync": [],
    "Descriptor.syncData": [],
    "Descriptor.isSameObject": [DESCRIPTOR],
    "Descriptor.metadataHash": [],
    "Descriptor.readDirectory": [],
    "Descriptor.openAt": [PATH_FLAGS, TEXT, OPEN_FLAGS, DESCRIPTOR_FLAGS],
    "Descriptor.createDirectoryAt": [TEXT],
    "Descriptor.removeDirectoryAt": [TEXT],
    "Descriptor.unlinkFileAt": [TEXT],
    "Descriptor.renameAt": [TEXT, DESCRIPTOR, TEXT],
    "Descriptor.linkAt": [PATH_FLAGS, TEXT, DESCRIPTOR, TEXT],
    "Descriptor.symlinkAt": [TEXT, TEXT],
    "Descriptor.readlinkAt": [TEXT],
    "Descriptor.statAt": [PATH_FLAGS, TEXT],
    "Descriptor.setTimesAt": [PATH_FLAGS, TEXT, NEW_TIME, NEW_TIME],
    "Descriptor.metadataHashAt": [PATH_FLAGS, TEXT],
    "DirectoryEntryStream.readDirectoryEntry": [],
    filesystemErrorCode: [ERROR],
  },
  "wasi:sockets/network": { networkErrorCode: [ERROR] },
  "wasi:sockets/instance-network": { instanceNetwork: [] },
  "wasi:sockets/ip-name-lookup": { resolveAddresses: [handle("Network"), TEXT] },
  "wasi:sockets/tcp-create-socket": { createTcpSocket: [TEXT] },
  "wasi:sockets/udp-create-socket": { createUdpSocket: [TEXT] },
  "wasi:http/types": {
    "Fields.fromList": [list(tuple(TEXT, BYTES))],
    "Fields.get": [TEXT],
    "Fields.has": [TEXT],
    "Fields.set": [TEXT, list(BYTES)],
    "Fields.delete": [TEXT],
    "Fields.append": [TEXT, BYTES],
    "Fields.entries": [],
    "Fields.clone": [],
    "OutgoingRequest.body": [],
    "OutgoingRequest.method": [],
    "OutgoingRequest.setMethod": [METHOD],
    "OutgoingRequest.pathWithQuery": [],
    "OutgoingRequest.setPathWithQuery": [option(TEXT)],
    "OutgoingRequest.scheme": [],
    "OutgoingRequest.setScheme": [option(SCHEME)],
    "OutgoingRequest.authority": [],
    "OutgoingRequest.setAuthority": [option(TEXT)],
    "OutgoingRequest.headers": [],
    "OutgoingBody.write": [],
    "OutgoingBody.finish": [handle("OutgoingBody"), option(FIELDS)],
    "RequestOptions.connectTimeout": [],
    "RequestOptions.setConnectTimeout": [option(U64)],
    "RequestOptions.firstByteTimeout": [],
    "RequestOptions.setFirstByteTimeout": [option(U64)],
    "RequestOptions.betweenBytesTimeout": [],
    "RequestOptions.setBetweenBytesTimeout": [option(U64)],
    "IncomingResponse.status": [],
    "IncomingResponse.headers": [],
    "IncomingResponse.consume": [],
    "IncomingBody.stream": [],
    "IncomingBody.finish": [handle("IncomingBody")],
    "FutureTrailers.subscribe": [],
    "FutureTrailers.get": [],
    "FutureIncomingResponse.subscribe": [],
    "FutureIncomingResponse.get": [],
    httpErrorCode: [ERROR],
  },
  "wasi:http/outgoing-handler": {
    handle: [handle("OutgoingRequest"), option(handle("RequestOptions"))],
  },
}
