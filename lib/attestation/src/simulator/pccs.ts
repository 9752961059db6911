/** Intel's provisioning certification service, version 4, for one simulated platform. */
import { once } from "node:events"
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http"
import { createServer as createHttpsServer, type ServerOptions } from "node:https"
import type { AddressInfo } from "node:net"
import type { Collateral } from "../pure/index.ts"

export interface PccsOptions {
  /** Asked anew for each request, so that dates move on; `early`: of a TCB recovery. */
  readonly collateral: (early: boolean) => Collateral
  /** Lower-case hex. */
  readonly fmspc: string
  readonly port?: number
  /** HTTPS with these; else HTTP, on loopback. */
  readonly tls?: ServerOptions
}

export interface Pccs extends AsyncDisposable {
  readonly url: string
}

export async function startPccs({ collateral, fmspc, port = 0, tls }: PccsOptions): Promise<Pccs> {
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? "/", "http://localhost")
    const reply = answer(url, fmspc, collateral(url.searchParams.get("update") === "early"))
    if (!reply) {
      response.writeHead(404).end()
      return
    }
    const { chain, header, body } = reply
    response.setHeader(header, encodeURIComponent(chain))
    response.end(body)
  }
  const server = tls ? createHttpsServer(tls, handle) : createHttpServer(handle)
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, "127.0.0.1", resolve)
  })
  const { port: actualPort } = server.address() as AddressInfo
  return {
    url: `${tls ? "https" : "http"}://127.0.0.1:${actualPort}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close")
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

interface Reply {
  readonly header: string
  readonly chain: string
  readonly body: string | Uint8Array
}

function answer(
  { pathname, searchParams }: URL,
  fmspc: string,
  parts: Collateral,
): Reply | undefined {
  switch (pathname) {
    case "/tdx/certification/v4/tcb": {
      if (searchParams.get("fmspc")?.toLowerCase() !== fmspc) return undefined
      const { tcbInfo, tcbInfoSignature: signature, tcbInfoIssuerChain: chain } = parts
      const body = `{"tcbInfo":${tcbInfo},"signature":"${signature}"}`
      return { header: "TCB-Info-Issuer-Chain", chain, body }
    }
    case "/tdx/certification/v4/qe/identity": {
      const { qeIdentity, qeIdentitySignature: signature, qeIdentityIssuerChain: chain } = parts
      const body = `{"enclaveIdentity":${qeIdentity},"signature":"${signature}"}`
      return { header: "SGX-Enclave-Identity-Issuer-Chain", chain, body }
    }
    case "/sgx/certification/v4/pckcrl": {
      const body = Buffer.from(parts.pckCrl, "base64")
      return { header: "SGX-PCK-CRL-Issuer-Chain", chain: parts.pckCrlIssuerChain, body }
    }
    // A caching service has the root's CRL too, in hex.
    case "/sgx/certification/v4/rootcacrl":
      return {
        header: "X",
        chain: "",
        body: Buffer.from(parts.rootCaCrl, "base64").toString("hex"),
      }
    default:
      return undefined
  }
}
