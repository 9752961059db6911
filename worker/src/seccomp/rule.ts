/** One line of a table of system calls. */

export type Architecture = "x64" | "arm64"

export interface Rule {
  name: string
  /** Its number (arch/x86/entry/syscalls/syscall_64.tbl); undefined where there is none. */
  x64?: number
  /** The same (include/uapi/asm-generic/unistd.h). */
  arm64?: number
  /** `absent`: ENOSYS, as in a kernel that does not know the call. Allowed where nothing is said. */
  answer?: "absent" | "deny"
  /** Allowed if this holds, else denied. */
  only?: ArgumentTest
  why: string
}

/** The kernel reads these arguments as 32 bits, but for a pointer, and so does the filter. */
export type ArgumentTest =
  | { argument: number; isOneOf: readonly number[] }
  | { argument: number; hasNoneOf: number }
  | { argument: number; isNull: true }
