import { networkInterfaces } from "node:os"
import { expect, test } from "vitest"
import { isOwnAddress, isPublicAddress, listAddresses } from "./address.ts"

test.each([
  "0.0.0.0",
  "10.1.2.3",
  "100.64.0.1",
  "100.100.100.200",
  "127.0.0.1",
  "127.255.255.254",
  "168.63.129.16",
  "169.254.169.254",
  "172.16.0.1",
  "172.31.255.255",
  "192.0.0.192",
  "192.0.2.1",
  "192.88.99.1",
  "192.168.1.1",
  "198.18.0.1",
  "198.51.100.1",
  "203.0.113.1",
  "224.0.0.1",
  "239.255.255.255",
  "240.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::127.0.0.1",
  "::ffff:8.8.8.8",
  "::ffff:7f00:1",
  "::ffff:0:8.8.8.8",
  "64:ff9b::8.8.8.8",
  "64:ff9b:1::1",
  "100::1",
  "2001::1",
  "2001:0:4136:e378:8000:63bf:3fff:fdd2",
  "2001:db8::1",
  "2002:7f00:1::",
  "2002:808:808::1",
  "3fff::1",
  "5f00::1",
  "fc00::1",
  "fd00:ec2::254",
  "fe80::1",
  "fe80::1%eth0",
  "2606:4700::1111%eth0",
  "fec0::1",
  "ff02::1",
  "127.1",
  "0x7f.1",
  "localhost",
  "",
])("%s is not public", (address) => {
  expect(isPublicAddress(address)).toBe(false)
})

test.each([
  "1.1.1.1",
  "8.8.8.8",
  "100.63.255.255",
  "100.128.0.1",
  "172.15.0.1",
  "172.32.0.1",
  "223.255.255.255",
  "2606:4700::1111",
  "2A00:1450:4001:82a::200e",
])("%s is public", (address) => {
  expect(isPublicAddress(address)).toBe(true)
})

test("this machine knows its own addresses", () => {
  const [own] = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])

  expect(isOwnAddress(own?.address ?? "")).toBe(true)
  expect(isOwnAddress("8.8.8.8")).toBe(false)
})

test("an address is found however it is written", () => {
  const isListed = listAddresses(["127.0.0.1", "::1"])

  expect(["127.0.0.1", "::1", "0:0:0:0:0:0:0:1"].map(isListed)).toEqual([true, true, true])
  expect(["127.0.0.2", "::2", "localhost"].map(isListed)).toEqual([false, false, false])
})
