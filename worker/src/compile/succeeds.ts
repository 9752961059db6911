import { runProcess } from "@outlayer/service"
import type { Command } from "./confinement.ts"

/** How walls are tried before anything relies on them: whether a command behind them ends well, and in time. */
export async function succeeds(
  { program, args, filter }: Command,
  timeoutMs: number,
): Promise<boolean> {
  const ended = await runProcess(program, args, {
    cwd: "/",
    env: { PATH: "/usr/bin:/bin" },
    descriptor3: filter,
    timeoutMs,
    signal: new AbortController().signal,
  }).catch(() => undefined)
  return ended?.exitCode === 0
}
