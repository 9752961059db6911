/** The process: it poses as the near-sandbox binary. `bin/near-sandbox` starts it. */
import { homedir } from "node:os"
import { join } from "node:path"
import { pino } from "pino"
import { readCommandLine, USAGE, UsageError } from "./sandbox/command-line.ts"
import { dumpState } from "./sandbox/dump-state.ts"
import { initHome } from "./sandbox/home.ts"
import { runSandbox } from "./sandbox/run-sandbox.ts"

const log = pino({ base: { service: "localnet" } })

try {
  const home = process.env["NEAR_HOME"] ?? join(homedir(), ".near")
  // For those who cannot pass flags, as users of near-workspaces.
  const flags = process.env["LOCALNET_FLAGS"]?.split(" ") ?? []
  const command = readCommandLine([...process.argv.slice(2), ...flags], home)
  switch (command.name) {
    case "version":
      process.stdout.write("near-sandbox (release 2.13.4) (build localnet) (protocol 86)\n")
      break
    case "help":
      process.stdout.write(`${USAGE}\n`)
      process.exitCode = 2
      break
    case "init":
      await initHome(command.home, command)
      log.info({ home: command.home }, "initialised")
      break
    case "dump-state":
      await dumpState(command.home, command.isStream)
      break
    case "run": {
      const { promise, resolve } = Promise.withResolvers<string>()
      for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => resolve(signal))
      await using node = await runSandbox(command, log, (error) => {
        log.fatal({ err: error }, "block production failed")
        process.exit(1)
      })
      log.info({ address: node.url }, "listening")
      log.info({ signal: await promise }, "shutting down")
    }
  }
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`${error.message}\n${USAGE}\n`)
  process.exitCode = 2
}
