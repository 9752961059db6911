/** Connects to an address that was checked, and to no other; over TLS to who proves the name. */
import { connect as connectTcp, type LookupFunction, type Socket } from "node:net"
import { connect as connectTls, type SecureContext } from "node:tls"
import type { Target } from "./authority.ts"
import { HttpError } from "./error-codes.ts"
import { listAddresses } from "./address.ts"
import { tcpErrorCode, tlsErrorCode } from "./node-errors.ts"

export interface Destination {
  target: Target
  /** Of the target, all of them checked. */
  addresses: readonly string[]
  /** Absent: without TLS. */
  secureContext: SecureContext | undefined
}

/** Rejects with an `HttpError`, or with the signal's reason; leaves no socket behind then. */
export async function connect(
  { target, addresses, secureContext }: Destination,
  signal: AbortSignal,
): Promise<Socket> {
  const { host, port } = target
  const tcp = connectTcp({ host, port, lookup: answer(addresses), autoSelectFamily: true })
  await untilOpen(tcp, "connect", tcpErrorCode, signal)
  // The same was checked before the lookup; this looks at what the kernel has connected.
  if (!listAddresses(addresses)(tcp.remoteAddress ?? "")) {
    tcp.destroy()
    throw new HttpError("destination-IP-prohibited")
  }
  if (!secureContext) return tcp
  const tls = connectTls({
    socket: tcp,
    host,
    // An address is no server name (RFC 6066, 3): then `host` alone is held against the certificate.
    servername: target.isAddress ? "" : host,
    secureContext,
    // Said, since a variable of the environment could change what is not.
    rejectUnauthorized: true,
    ALPNProtocols: ["http/1.1"],
  })
  await untilOpen(tls, "secureConnect", tlsErrorCode, signal)
  return tls
}

async function untilOpen(
  socket: Socket,
  event: "connect" | "secureConnect",
  codeOf: (error: Error) => HttpError["code"],
  signal: AbortSignal,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const fail = (cause: Error) => reject(new HttpError(codeOf(cause), { cause }))
  const abort = () => reject(signal.reason as Error)
  socket.once(event, resolve)
  // Stays: a socket that nobody waits for any more may still fail.
  socket.on("error", fail)
  socket.once("close", () => fail(new Error("closed")))
  signal.addEventListener("abort", abort)
  if (signal.aborted) abort()
  try {
    await promise
  } catch (error) {
    socket.destroy()
    throw error
  } finally {
    signal.removeEventListener("abort", abort)
  }
}

/** Called instead of the system's resolver: there is no second question to answer otherwise. */
function answer(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }))
  return (_host, { all: wantsAll }, callback) => {
    const [first] = all
    if (wantsAll) callback(null, all)
    else if (first) callback(null, first.address, first.family)
  }
}
