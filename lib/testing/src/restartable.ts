/** The shell script around a throwaway server: it restarts it when asked, and tidies up after it. */

/**
 * Whatever ends the server, its folder goes too. `$!`, since a signal may precede an assignment;
 * no SIGPIPE, since we may be dead and no longer read what is printed meanwhile. USR1 ends the
 * server by the signal `crash` and starts it again.
 */
export function restartable(options: {
  before: string
  folder: string
  crash: "KILL" | "QUIT"
}): string {
  return `
    exec 2>&1
    trap '' PIPE
    trap 'rm -rf "${options.folder}"' EXIT
    trap 'kill -INT $!; wait; exit' HUP INT TERM
    trap 'again=1; kill -${options.crash} $!' USR1
    ${options.before} || exit
    while :; do
      again=
      "$@" &
      # A trapped signal ends a wait early: the server is then still there.
      while kill -0 $! 2>/dev/null; do wait $!; done
      [ "$again" ] || exit
    done
  `
}
