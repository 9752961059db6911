/**
 * The system calls that a guest's process may make, each with its reason: found by running Node
 * with fewer and fewer until it failed. Whatever is not here is denied: sockets, processes, files
 * for writing, directories, io_uring, signals, namespaces, mounts, keys, tracing, prctl.
 */
import type { Rule } from "../../seccomp/rule.ts"

/** What pthread_create asks for: a thread of this process, not a process, not a namespace. */
const THREAD_FLAGS = 0x3d0f00

/** O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, __O_TMPFILE: the same numbers on both architectures. */
const OPEN_TO_CHANGE = 0o3 | 0o100 | 0o1000 | 0o20000000

const F_GETFD = 1
const F_SETFD = 2
const F_GETFL = 3
const ARCH_SET_FS = 0x1002

export const GUEST_CALLS: readonly Rule[] = [
  { name: "read", x64: 0, arm64: 63, why: "the worker's pipe, shared objects" },
  { name: "write", x64: 1, arm64: 64, why: "the worker's pipe" },
  { name: "futex", x64: 202, arm64: 98, why: "every lock" },
  { name: "madvise", x64: 28, arm64: 233, why: "memory: V8, malloc" },
  { name: "mmap", x64: 9, arm64: 222, why: "memory: V8, malloc, shared objects" },
  { name: "mprotect", x64: 10, arm64: 226, why: "memory: V8's code, guards of stacks" },
  { name: "munmap", x64: 11, arm64: 215, why: "memory" },
  { name: "mremap", x64: 25, arm64: 216, why: "memory: realloc" },
  { name: "brk", x64: 12, arm64: 214, why: "memory: malloc" },
  { name: "pkey_alloc", x64: 330, arm64: 289, why: "V8 guards its code where the processor can" },
  { name: "pkey_mprotect", x64: 329, arm64: 288, why: "the same" },
  { name: "close", x64: 3, arm64: 57, why: "shared objects" },
  { name: "pread64", x64: 17, arm64: 67, why: "the loader of shared objects" },
  { name: "fstat", x64: 5, arm64: 80, why: "the loader, and what the pipes are" },
  { name: "newfstatat", x64: 262, arm64: 79, why: "the loader" },
  { name: "epoll_create1", x64: 291, arm64: 20, why: "libuv's loops: main, and the time limit's" },
  { name: "epoll_ctl", x64: 233, arm64: 21, why: "the same" },
  { name: "epoll_pwait", x64: 281, arm64: 22, why: "the same" },
  { name: "eventfd2", x64: 290, arm64: 19, why: "the same" },
  { name: "pipe2", x64: 293, arm64: 59, why: "libuv's signals" },
  { name: "rt_sigaction", x64: 13, arm64: 134, why: "V8's trap handler" },
  { name: "rt_sigprocmask", x64: 14, arm64: 135, why: "new threads" },
  { name: "rt_sigreturn", x64: 15, arm64: 139, why: "V8's trap handler" },
  { name: "sigaltstack", x64: 131, arm64: 132, why: "V8's trap handler" },
  { name: "clock_gettime", x64: 228, arm64: 113, why: "clocks, where the kernel lends none" },
  { name: "clock_nanosleep", x64: 230, arm64: 115, why: "V8's threads" },
  { name: "restart_syscall", x64: 219, arm64: 128, why: "a wait that SIGSTOP has interrupted" },
  { name: "getpid", x64: 39, arm64: 172, why: "identity" },
  { name: "gettid", x64: 186, arm64: 178, why: "identity" },
  { name: "getuid", x64: 102, arm64: 174, why: "whether Node may trust its environment" },
  { name: "geteuid", x64: 107, arm64: 175, why: "the same" },
  { name: "getgid", x64: 104, arm64: 176, why: "the same" },
  { name: "getegid", x64: 108, arm64: 177, why: "the same" },
  { name: "getrandom", x64: 318, arm64: 278, why: "hash seeds of V8" },
  { name: "sysinfo", x64: 99, arm64: 179, why: "the size of V8's heap" },
  { name: "sched_getaffinity", x64: 204, arm64: 123, why: "the number of processors" },
  { name: "sched_yield", x64: 24, arm64: 124, why: "spinning locks" },
  { name: "set_tid_address", x64: 218, arm64: 96, why: "threads" },
  { name: "set_robust_list", x64: 273, arm64: 99, why: "threads" },
  { name: "rseq", x64: 334, arm64: 293, why: "threads" },
  { name: "exit", x64: 60, arm64: 93, why: "the end of a thread" },
  { name: "exit_group", x64: 231, arm64: 94, why: "the end" },
  { name: "wait4", x64: 61, arm64: 260, why: "bubblewrap's own init, which has the same filter" },
  {
    name: "execve",
    x64: 59,
    arm64: 221,
    why: "bubblewrap starts Node with it, and a filter has no memory. All that is left to start is Node, in place of itself, under this filter",
  },
  {
    name: "clone",
    x64: 56,
    arm64: 220,
    only: { argument: 0, isOneOf: [THREAD_FLAGS] },
    why: "V8's threads, and no processes",
  },
  {
    name: "openat",
    x64: 257,
    arm64: 56,
    only: { argument: 2, hasNoneOf: OPEN_TO_CHANGE },
    why: "shared objects, to read",
  },
  {
    name: "fcntl",
    x64: 72,
    arm64: 25,
    only: { argument: 1, isOneOf: [F_GETFD, F_SETFD, F_GETFL] },
    why: "how Node was given its pipes",
  },
  {
    name: "arch_prctl",
    x64: 158,
    only: { argument: 0, isOneOf: [ARCH_SET_FS] },
    why: "the thread's own memory",
  },
  {
    name: "prlimit64",
    x64: 302,
    arm64: 261,
    only: { argument: 2, isNull: true },
    why: "the size of the stack, read and not set",
  },
  {
    name: "clone3",
    x64: 435,
    arm64: 435,
    answer: "absent",
    why: "its flags lie in memory, where a filter cannot look: glibc then uses clone",
  },
]
