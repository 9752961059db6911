/**
 * The tables' numbers against the kernel's own: asm/unistd_64.h, and asm-generic/unistd.h, which is
 * aarch64's (where `newfstatat` is its 79). No machine of that kind runs these tests.
 */
import { expect, test } from "vitest"
import { DENIED_CALLS } from "../compile/denied-calls.ts"
import { GUEST_CALLS } from "../sandbox/host/guest-calls.ts"

/** Name, number on x86-64, number on aarch64. */
const NUMBERS = `
eventfd2 290 19
epoll_create1 291 20
epoll_ctl 233 21
epoll_pwait 281 22
fcntl 72 25
umount2 166 39
mount 165 40
pivot_root 155 41
chroot 161 51
openat 257 56
close 3 57
pipe2 293 59
quotactl 179 60
read 0 63
write 1 64
pread64 17 67
newfstatat 262 79
fstat 5 80
acct 163 89
exit 60 93
exit_group 231 94
set_tid_address 218 96
unshare 272 97
futex 202 98
set_robust_list 273 99
kexec_load 246 104
init_module 175 105
delete_module 176 106
clock_gettime 228 113
clock_nanosleep 230 115
syslog 103 116
ptrace 101 117
sched_getaffinity 204 123
sched_yield 24 124
restart_syscall 219 128
sigaltstack 131 132
rt_sigaction 13 134
rt_sigprocmask 14 135
rt_sigreturn 15 139
reboot 169 142
getpid 39 172
getuid 102 174
geteuid 107 175
getgid 104 176
getegid 108 177
gettid 186 178
sysinfo 99 179
socket 41 198
brk 12 214
munmap 11 215
mremap 25 216
add_key 248 217
request_key 249 218
keyctl 250 219
clone 56 220
execve 59 221
mmap 9 222
swapon 167 224
swapoff 168 225
mprotect 10 226
madvise 28 233
perf_event_open 298 241
wait4 61 260
prlimit64 302 261
fanotify_init 300 262
open_by_handle_at 304 265
setns 308 268
process_vm_readv 310 270
process_vm_writev 311 271
kcmp 312 272
finit_module 313 273
getrandom 318 278
bpf 321 280
userfaultfd 323 282
pkey_mprotect 329 288
pkey_alloc 330 289
rseq 334 293
kexec_file_load 320 294
io_uring_setup 425 425
io_uring_enter 426 426
io_uring_register 427 427
open_tree 428 428
move_mount 429 429
fsopen 430 430
fsconfig 431 431
fsmount 432 432
fspick 433 433
clone3 435 435
pidfd_getfd 438 438
mount_setattr 442 442
arch_prctl 158 -
iopl 172 -
ioperm 173 -
modify_ldt 154 -
`

test("each call has the kernel's numbers, on both architectures", () => {
  const rules = [...GUEST_CALLS, ...DENIED_CALLS]
  const written = rules.map(({ name, x64, arm64 }) => `${name} ${x64 ?? "-"} ${arm64 ?? "-"}`)

  expect([...new Set(written)].toSorted()).toEqual(NUMBERS.trim().split("\n").toSorted())
})
