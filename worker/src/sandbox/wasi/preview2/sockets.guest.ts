/** `wasi:sockets`: there are none. Programs that could use some are served, until they ask for one. */
import { Failed } from "./failed.guest.ts"
import type { Interface } from "./guard.guest.ts"
import { Resource } from "./resource.guest.ts"
import type { Maker } from "./streams.guest.ts"

class Network extends Resource {}
class TcpSocket extends Resource {}
class UdpSocket extends Resource {}
class IncomingDatagramStream extends Resource {}
class OutgoingDatagramStream extends Resource {}
class ResolveAddressStream extends Resource {}

export function socketInterfaces({ live }: Maker): Record<string, Interface> {
  const refuse = () => {
    throw new Failed("access-denied")
  }
  return {
    "wasi:sockets/network": { Network: Network as never, networkErrorCode: () => undefined },
    "wasi:sockets/instance-network": { instanceNetwork: () => new Network(live) },
    "wasi:sockets/ip-name-lookup": {
      ResolveAddressStream: ResolveAddressStream as never,
      resolveAddresses: refuse,
    },
    "wasi:sockets/tcp": { TcpSocket: TcpSocket as never },
    "wasi:sockets/tcp-create-socket": { createTcpSocket: refuse },
    "wasi:sockets/udp": {
      UdpSocket: UdpSocket as never,
      IncomingDatagramStream: IncomingDatagramStream as never,
      OutgoingDatagramStream: OutgoingDatagramStream as never,
    },
    "wasi:sockets/udp-create-socket": { createUdpSocket: refuse },
  }
}
