/** There are no sockets: each of these is given no open descriptor, or one of the wrong kind. */
import type { Descriptors } from "./descriptors.guest.ts"
import { ERRNO } from "./errno.guest.ts"
import type { HostFunctions } from "./host-functions.guest.ts"

export function socketFunctions(descriptors: Descriptors) {
  const refuse = (fd: number) => (descriptors.get(fd) ? ERRNO.notsock : ERRNO.badf)
  return {
    sock_accept: refuse,
    sock_recv: refuse,
    sock_send: refuse,
    sock_shutdown: refuse,
  } satisfies HostFunctions
}
