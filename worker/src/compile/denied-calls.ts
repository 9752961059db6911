/**
 * System calls that no compiler needs and many an escape began with. A build needs hundreds of the
 * others, so here, unlike in a guest's process, what is not named is allowed.
 */
import type { Rule } from "../seccomp/rule.ts"

/** CLONE_NEWTIME is not among them: `clone` has another use for its bit. */
const NEW_NAMESPACES = 0x7e020000

/** AF_INET, AF_INET6, AF_NETLINK (linux/socket.h). */
const NETWORK_FAMILIES = [2, 10, 16]

const deny = (name: string, x64: number | undefined, arm64: number | undefined): Rule => ({
  name,
  answer: "deny",
  ...(x64 !== undefined && { x64 }),
  ...(arm64 !== undefined && { arm64 }),
  why: "no compiler needs it",
})

export const DENIED_CALLS: readonly Rule[] = [
  deny("io_uring_setup", 425, 425),
  deny("io_uring_enter", 426, 426),
  deny("io_uring_register", 427, 427),
  deny("ptrace", 101, 117),
  deny("process_vm_readv", 310, 270),
  deny("process_vm_writev", 311, 271),
  deny("pidfd_getfd", 438, 438),
  deny("kcmp", 312, 272),
  deny("bpf", 321, 280),
  deny("perf_event_open", 298, 241),
  deny("userfaultfd", 323, 282),
  deny("add_key", 248, 217),
  deny("request_key", 249, 218),
  deny("keyctl", 250, 219),
  deny("unshare", 272, 97),
  deny("setns", 308, 268),
  deny("mount", 165, 40),
  deny("umount2", 166, 39),
  deny("pivot_root", 155, 41),
  deny("chroot", 161, 51),
  deny("open_tree", 428, 428),
  deny("move_mount", 429, 429),
  deny("fsopen", 430, 430),
  deny("fsconfig", 431, 431),
  deny("fsmount", 432, 432),
  deny("fspick", 433, 433),
  deny("mount_setattr", 442, 442),
  deny("open_by_handle_at", 304, 265),
  deny("fanotify_init", 300, 262),
  deny("init_module", 175, 105),
  deny("finit_module", 313, 273),
  deny("delete_module", 176, 106),
  deny("kexec_load", 246, 104),
  deny("kexec_file_load", 320, 294),
  deny("reboot", 169, 142),
  deny("swapon", 167, 224),
  deny("swapoff", 168, 225),
  deny("syslog", 103, 116),
  deny("acct", 163, 89),
  deny("quotactl", 179, 60),
  deny("iopl", 172, undefined),
  deny("ioperm", 173, undefined),
  deny("modify_ldt", 154, undefined),
  {
    name: "socket",
    x64: 41,
    arm64: 198,
    only: { argument: 0, isOneOf: NETWORK_FAMILIES },
    why: "no way to this machine's own servers, the TEE's agent among them: a mount that is read-only would not keep anybody from connecting",
  },
  {
    name: "clone",
    x64: 56,
    arm64: 220,
    only: { argument: 0, hasNoneOf: NEW_NAMESPACES },
    why: "processes and threads, but no namespaces",
  },
  {
    name: "clone3",
    x64: 435,
    arm64: 435,
    answer: "absent",
    why: "its flags lie in memory, where a filter cannot look: glibc then uses clone",
  },
]
