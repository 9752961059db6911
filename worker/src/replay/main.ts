/**
 * `npm run -s replay`: was it so? Exit code 0 where all is PROVEN, 1 where something is not true, 3
 * where nothing is wrong and something cannot be told.
 */
import { readFile } from "node:fs/promises"
import { resolve } from "node:path"
import { parseArgs } from "node:util"
import { callersFolder } from "../command-line.ts"
import { createSandbox } from "../sandbox/sandbox.ts"
import { describeClaims, verdictOf } from "./claims.ts"
import { replay } from "./replay.ts"

const USAGE = `usage: npm run -s replay -- RECEIPT [TRANSCRIPT] [OPTION ...]

  --wasm FILE  the program, where the transcript does not hold it
  --json       {verdict, claims} in place of a table
`
const EXIT = { PROVEN: 0, FAIL: 1, UNPROVEN: 3 } as const
const USAGE_EXIT = 2

process.exit(await main())

async function main(): Promise<number> {
  try {
    return await replayFiles()
  } catch (error) {
    process.stderr.write(`replay: ${error instanceof Error ? error.message : String(error)}\n`)
    return USAGE_EXIT
  }
}

async function replayFiles(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      wasm: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  })
  const [receipt, transcript, ...others] = positionals
  if (values.help || receipt === undefined || others.length > 0) {
    process.stderr.write(USAGE)
    return values.help ? 0 : USAGE_EXIT
  }
  const here = callersFolder("replay", process.env)
  const read = (file: string) => readFile(resolve(here, file))
  const readJson = async (file: string): Promise<unknown> =>
    JSON.parse(await read(file).then(String))

  const claims = await replay(
    {
      receipt: await readJson(receipt),
      transcript: transcript === undefined ? undefined : await readJson(transcript),
      wasm: values.wasm === undefined ? undefined : await read(values.wasm),
    },
    (seed, wallClockNs) =>
      createSandbox({
        minLevel: "process",
        poolSize: 2,
        log: { info() {}, warn() {} },
        drawSeed: () => seed,
        readWallClock: () => wallClockNs,
      }),
  )
  const verdict = verdictOf(claims)
  process.stdout.write(
    values.json
      ? `${JSON.stringify({ verdict, claims }, null, 2)}\n`
      : `${describeClaims(claims)}\n${verdict}\n`,
  )
  return EXIT[verdict]
}
