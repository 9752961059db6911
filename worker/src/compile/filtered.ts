/**
 * The filter on a build's system calls, and who installs it where bubblewrap is not there to: perl can make
 * any call, and belongs to every Debian.
 */
import { buildFilter } from "../seccomp/filter.ts"
import { DENIED_CALLS } from "./denied-calls.ts"
import { succeeds } from "./succeeds.ts"

const { arch } = process

/** A program for seccomp; undefined on processors whose calls we do not know. */
export const FILTER =
  arch === "x64" || arch === "arm64" ? buildFilter(arch, DENIED_CALLS, "allow") : undefined

/** Among what every build sees. */
const PERL = "/usr/bin/perl"
/** `prctl` by its number; PR_SET_NO_NEW_PRIVS, then PR_SET_SECCOMP with SECCOMP_MODE_FILTER (linux/prctl.h). */
const PRCTL = arch === "x64" ? 157 : 167
/** Reads `struct sock_filter`s from descriptor 3, and hands over a `struct sock_fprog`. */
const INSTALL = `
open my $from, "<&=", 3 or die "walls: $!\\n";
binmode $from;
local $/;
my $filter = <$from>;
close $from;
my $program = pack "S x6 P", length($filter) / 8, $filter;
syscall(${PRCTL}, 38, 1, 0, 0, 0) == 0 && syscall(${PRCTL}, 22, 2, $program) == 0
  or die "walls: no filter: $!\\n";
exec { $ARGV[0] } @ARGV or do { print STDERR "$ARGV[0]: $!\\n"; exit 127 };
`

/** What comes right before a build's own program: for the rest of the walls must be up by then. */
export function underFilter(command: readonly string[]): string[] {
  return [PERL, "-e", INSTALL, ...command]
}

/** Whether that works here. */
export async function probeFilter(): Promise<boolean> {
  if (!FILTER) return false
  const [program = "", ...args] = underFilter(["true"])
  return await succeeds({ program, args, filter: FILTER }, 60_000)
}
