/** A guest's modules are evaluated while it is built, its main function in each run. */
let running = false

export function isRunning(): boolean {
  return running
}

/** Throws while the guest is built: there is no WASI yet, and what came of it would be the same in every run. */
export function requireRun(what: string): void {
  if (!running) throw new Error(`${what} is for a run: a module's top level runs while it is built`)
}

export function startRunning(): void {
  running = true
}
