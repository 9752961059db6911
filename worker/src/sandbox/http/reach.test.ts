/** Where a guest gets, and where not: real sockets, real TLS, and a name server that lies. */
import { once } from "node:events"
import type { RequestListener } from "node:http"
import { createServer } from "node:net"
import { networkInterfaces } from "node:os"
import { describeWhere } from "@outlayer/testing/machine"
import { expect, onTestFinished, test, vi } from "vitest"
import { parseAllowList } from "./allow-list.ts"
import { describeNetwork, outcomeOf, readAll, request } from "./client.fixture.ts"
import { openHttp } from "./http.ts"
import { type Certificate, openNameServer } from "./network.fixture.ts"
import { createResolver, type Resolve } from "./resolve.ts"

const { signal } = new AbortController()
const hello: RequestListener = (_, response) => void response.end("hello")

function hasIpv6(): boolean {
  return Object.values(networkInterfaces())
    .flat()
    .some((one) => one?.address === "::1")
}

describeNetwork(({ network, openClient }) => {
  test("who is not on the list is not asked, and not looked up", async () => {
    const resolve = vi.fn<Resolve>(() => Promise.resolve(["127.0.0.1"]))
    const port = await network().serve(hello)
    const client = await openClient([`a.lab.test:${port}`], { resolve })
    const ask = (authority: string, scheme: "http" | "https" = "https") =>
      outcomeOf(client.exchange(request(authority, { scheme }), signal))

    expect(await ask(`a.lab.test:${port}`)).toBe(200)
    expect(resolve).toHaveBeenCalledTimes(1)
    expect(await ask(`b.lab.test:${port}`)).toBe("HTTP-request-denied")
    expect(await ask("a.lab.test")).toBe("HTTP-request-denied")
    expect(await ask(`a.lab.test:${port}`, "http")).toBe("HTTP-request-denied")
    expect(await ask(`127.0.0.1:${port}`)).toBe("HTTP-request-denied")
    expect(resolve).toHaveBeenCalledTimes(1)
  })

  test("without TLS only where the list says so", async () => {
    const port = await network().servePlain(hello)
    const client = await openClient([`http://a.lab.test:${port}`])
    const asked = request(`a.lab.test:${port}`, { scheme: "http" })

    expect(await outcomeOf(client.exchange(asked, signal))).toBe(200)
  })

  test("no private address is reached by any name or spelling of it", async () => {
    let connections = 0
    const port = await network().serveRaw(() => (connections += 1))
    const client = await openClient([`*:${port}`], { privateAddresses: [] })
    const hosts = ["a.lab.test", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"]

    const outcomes = hosts.map((host) =>
      outcomeOf(client.exchange(request(`${host}:${port}`), signal)),
    )

    expect(new Set(await Promise.all(outcomes))).toEqual(new Set(["destination-IP-prohibited"]))
    expect(connections).toBe(0)
  })

  test("one private address among public ones is one too many", async () => {
    const resolve = () => Promise.resolve(["93.184.215.14", "127.0.0.1"])
    const client = await openClient(["*"], { resolve, privateAddresses: [] })

    const answer = client.exchange(request("a.lab.test"), signal)

    expect(await outcomeOf(answer)).toBe("destination-IP-prohibited")
  })

  test("a name is looked up once, and who answers differently the next time is refused", async () => {
    // The first answer may be reached, the second may not: the same port listens at both.
    let reached = 0
    const port = await network().serve(hello)
    const other = createServer(() => (reached += 1)).listen(port, "127.0.0.2")
    onTestFinished(() => void other.close())
    await once(other, "listening")
    using names = await openNameServer({ "evil.lab.test": [["127.0.0.1"], ["127.0.0.2"]] })
    const client = await openClient([`*:${port}`], { resolve: createResolver([names.address]) })
    const ask = () => outcomeOf(client.exchange(request(`evil.lab.test:${port}`), signal))

    expect(await ask()).toBe(200)
    expect(names.asked).toEqual(["evil.lab.test"])
    expect(await ask()).toBe("destination-IP-prohibited")
    expect(names.asked).toHaveLength(2)
    expect(reached).toBe(0)
  })

  test("the second address of a name is tried when the first does not answer", async () => {
    const port = await network().serve(hello)
    const resolve = () => Promise.resolve(["127.0.0.3", "127.0.0.1"])
    const privateAddresses = ["127.0.0.1", "127.0.0.3"]
    const client = await openClient([`*:${port}`], { resolve, privateAddresses })

    expect(await outcomeOf(client.exchange(request(`a.lab.test:${port}`), signal))).toBe(200)
  })

  test("a name that nobody knows is a DNS error", async () => {
    using names = await openNameServer({ "empty.lab.test": [[]] })
    const client = await openClient(["*"], { resolve: createResolver([names.address]) })

    for (const name of ["unknown.lab.test", "empty.lab.test"])
      expect(await outcomeOf(client.exchange(request(name), signal))).toBe("DNS-error")
  })

  test("localhost is this machine where it may be reached, whatever name servers say", async () => {
    using names = await openNameServer({ localhost: [["8.8.8.8"]] })
    const resolve = createResolver([names.address])
    const port = await network().servePlain(hello)
    const hosts = [`http://localhost:${port}`]
    const ask = async (privateAddresses: readonly string[]) => {
      const client = await openClient(hosts, { resolve, privateAddresses })
      const asked = request(`localhost:${port}`, { scheme: "http" })
      return outcomeOf(client.exchange(asked, signal))
    }

    expect(await ask(["127.0.0.1"])).toBe(200)
    expect(await ask([])).toBe("destination-IP-prohibited")
    expect(names.asked).toEqual([])
  })

  test.each<[string, Certificate, string]>([
    ["another name", "other", "TLS-certificate-error"],
    ["a time that is over", "expired", "TLS-certificate-error"],
    ["no authority's word", "self-signed", "TLS-certificate-error"],
  ])("a certificate for %s is none", async (_, certificate, code) => {
    const asked = vi.fn<RequestListener>(hello)
    const port = await network().serve(asked, { certificate })
    const client = await openClient([`*:${port}`])
    const ask = () => outcomeOf(client.exchange(request(`a.lab.test:${port}`), signal))

    expect(await ask()).toBe(code)
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0")
    onTestFinished(() => void vi.unstubAllEnvs())
    expect(await ask()).toBe(code)
    expect(asked).not.toHaveBeenCalled()
  })

  describeWhere("IPv6", hasIpv6(), () => {
    test("an address of IPv6 is reached where it is named, and only by itself", async () => {
      const port = await network().servePlain(
        ({ headers }, response) => void response.end(headers.host),
        { address: "::1" },
      )
      const privateAddresses = ["::1"]
      const client = await openClient([`http://[::1]:${port}`], { privateAddresses })
      const ask = (host: string) =>
        client.exchange(request(`${host}:${port}`, { scheme: "http" }), signal)

      expect((await readAll(await ask("[0:0:0:0:0:0:0:1]"))).body.toString()).toBe(`[::1]:${port}`)
      expect(await outcomeOf(ask("127.0.0.1"))).toBe("HTTP-request-denied")
    })
  })

  test("an authority is trusted only where the operator says so", async () => {
    const port = await network().serve(hello)
    const client = await openClient([`*:${port}`], { caFile: undefined })

    const answer = client.exchange(request(`a.lab.test:${port}`), signal)

    expect(await outcomeOf(answer)).toBe("TLS-certificate-error")
  })

  test("an address may have a certificate too", async () => {
    const port = await network().serve(hello)
    const other = await network().serve(hello, { certificate: "other" })
    const client = await openClient([`*:${port}`, `*:${other}`])
    const ask = (at: number) => outcomeOf(client.exchange(request(`127.0.0.1:${at}`), signal))

    expect(await ask(port)).toBe(200)
    expect(await ask(other)).toBe("TLS-certificate-error")
  })

  test("who does not speak TLS is not spoken to without it", async () => {
    const asked = vi.fn<RequestListener>(hello)
    const port = await network().servePlain(asked)
    const client = await openClient([`*:${port}`])

    const answer = client.exchange(request(`a.lab.test:${port}`), signal)

    expect(await outcomeOf(answer)).toMatch(/^(TLS-protocol-error|connection-terminated)$/)
    expect(asked).not.toHaveBeenCalled()
  })

  test("a port that nobody listens at refuses", async () => {
    // Of those that no server is given by chance, as one that was just closed may be.
    const client = await openClient(["*:1"])

    const answer = client.exchange(request("a.lab.test:1"), signal)

    expect(await outcomeOf(answer)).toBe("connection-refused")
  })

  test("a request's own list narrows the worker's, and widens nothing", async () => {
    const port = await network().serve(hello)
    const http = await openHttp({
      allow: parseAllowList([`*.lab.test:${port}`]),
      privateAddresses: ["127.0.0.1"],
      resolve: () => Promise.resolve(["127.0.0.1"]),
      caFile: network().caFile,
    })
    const ask = (hosts: readonly string[] | null, host: string) =>
      outcomeOf(http.clientFor(hosts).exchange(request(`${host}:${port}`), signal))

    expect(await ask(null, "a.lab.test")).toBe(200)
    expect(await ask([`a.lab.test:${port}`], "a.lab.test")).toBe(200)
    expect(await ask([`b.lab.test:${port}`], "a.lab.test")).toBe("HTTP-request-denied")
    expect(await ask([`other.test:${port}`], "other.test")).toBe("HTTP-request-denied")
    expect(await ask([], "a.lab.test")).toBe("HTTP-request-denied")
  })
})
