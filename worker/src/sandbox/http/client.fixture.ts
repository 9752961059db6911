/** What the tests of the client share. */
import { describeWhere, findProgram } from "@outlayer/testing/machine"
import { afterAll, beforeAll } from "vitest"
import { parseAllowList } from "./allow-list.ts"
import type { HttpClient, HttpFailure, HttpRequest, HttpResponse } from "./exchange.ts"
import { type HttpOptions, openHttp } from "./http.ts"
import { type Network, openNetwork } from "./network.fixture.ts"

interface NetworkTests {
  network: () => Network
  /** All names lead to this machine, which may be reached, and the network's authority is trusted. */
  openClient: (hosts: readonly string[], options?: Partial<HttpOptions>) => Promise<HttpClient>
}

/** One network for the tests of a file. */
export function describeNetwork(tests: (given: NetworkTests) => void): void {
  describeWhere("openssl", findProgram("openssl") !== undefined, () => {
    let network: Network | undefined
    beforeAll(async () => {
      network = await openNetwork()
    })
    afterAll(() => network?.[Symbol.asyncDispose]())
    const theNetwork = () => {
      if (!network) throw new Error("only within a test")
      return network
    }
    tests({
      network: theNetwork,
      async openClient(hosts, options) {
        const http = await openHttp({
          allow: parseAllowList(hosts),
          privateAddresses: ["127.0.0.1"],
          resolve: () => Promise.resolve(["127.0.0.1"]),
          caFile: theNetwork().caFile,
          ...options,
        })
        return http.clientFor(null)
      },
    })
  })
}

export function request(authority: string, rest: Partial<HttpRequest> = {}): HttpRequest {
  return {
    method: "GET",
    scheme: "https",
    authority,
    path: "/",
    headers: [],
    body: new Uint8Array(0),
    timeouts: {},
    ...rest,
  }
}

/** The status, or the failure's code. */
export async function outcomeOf(
  answer: Promise<HttpResponse | HttpFailure>,
): Promise<number | string> {
  const response = await answer
  if (response.kind === "failure") return response.code
  response.body.close()
  return response.status
}

/** All of a body, and how it ended. */
export async function readAll(answer: HttpResponse | HttpFailure) {
  if (answer.kind === "failure") throw new Error(answer.code)
  const pieces: Uint8Array[] = []
  for (;;) {
    const piece = await answer.body.read()
    if (piece.kind === "bytes") pieces.push(piece.bytes)
    else return { body: Buffer.concat(pieces), pieces, ending: piece }
  }
}
