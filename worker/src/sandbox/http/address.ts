/** Which addresses of the network are anybody's, and which are somebody's own. */
import { BlockList, isIP } from "node:net"
import { networkInterfaces } from "node:os"

/**
 * IANA's special-purpose registry for IPv4, multicast, and Azure's metadata service, which has an
 * address like everybody's.
 */
const NOT_PUBLIC_4 = [
  "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12",
  "192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24",
  "203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 168.63.129.16/32",
]
/** What is not in here is loopback, link-local, unique local, multicast, mapped or translated. */
const GLOBAL_UNICAST_6 = ["2000::/3"]
/** In there and yet not public: protocols' own (Teredo among them), examples, 6to4, examples. */
const NOT_PUBLIC_6 = ["2001::/23 2001:db8::/32 2002::/16 3fff::/20"]

const notPublic4 = blockList(NOT_PUBLIC_4, "ipv4")
const globalUnicast6 = blockList(GLOBAL_UNICAST_6, "ipv6")
const notPublic6 = blockList(NOT_PUBLIC_6, "ipv6")

/**
 * False for what is no address, or has a zone. Of IPv6 no address passes that stands for one of
 * IPv4: what it leads to would have to be checked again.
 */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 4) return !notPublic4.check(address, "ipv4")
  if (isIP(address) !== 6 || address.includes("%")) return false
  return globalUnicast6.check(address, "ipv6") && !notPublic6.check(address, "ipv6")
}

/** This machine's own addresses may be public, and lead past its firewall. */
export function isOwnAddress(address: string): boolean {
  const family = isIP(address) === 6 ? "ipv6" : "ipv4"
  const own = new BlockList()
  for (const addresses of Object.values(networkInterfaces()))
    for (const one of addresses ?? [])
      own.addAddress(one.address, one.family === "IPv6" ? "ipv6" : "ipv4")
  return own.check(address, family)
}

/** One or more addresses, which may be written in several ways. */
export function listAddresses(addresses: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const address of addresses) list.addAddress(address, isIP(address) === 6 ? "ipv6" : "ipv4")
  return (address) => {
    const family = isIP(address)
    return family !== 0 && list.check(address, family === 6 ? "ipv6" : "ipv4")
  }
}

function blockList(ranges: readonly string[], family: "ipv4" | "ipv6"): BlockList {
  const list = new BlockList()
  for (const range of ranges.flatMap((line) => line.split(" "))) {
    const [network = "", prefix] = range.split("/")
    list.addSubnet(network, Number(prefix), family)
  }
  return list
}
