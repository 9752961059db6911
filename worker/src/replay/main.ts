/**
 * `npm run -s replay`: was it so? Exit code 0 where all is PROVEN, 1 where something is not true, 3
 * where nothing is wrong and something cannot be told.
 */
import { readFile } from "node:fs/promises"
import { resolve } from "node:path"
import { parseArgs } from "node:util"
import { SealedTranscript } from "@outlayer/protocol"
import { callersFolder } from "../command-line.ts"
import { createSandbox } from "../sandbox/sandbox.ts"
import { readSecretKey } from "./account-keys.ts"
import { describeClaims, verdictOf } from "./claims.ts"
import { replay } from "./replay.ts"
import { openTranscript } from "./seal.ts"

const USAGE = `usage: npm run -s replay -- RECEIPT [TRANSCRIPT] [OPTION ...]

  --key FILE   an account's secret key, for a sealed transcript: ed25519:..., alone or in a file of near-cli's
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
      key: { type: "string" },
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
      transcript:
        transcript === undefined
          ? undefined
          : unseal(await readJson(transcript), values.key && String(await read(values.key))),
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

function unseal(transcript: unknown, key: string | undefined): unknown {
  const sealed = SealedTranscript.safeParse(transcript)
  if (!sealed.success) return transcript
  if (!key) throw new Error("the transcript is sealed: give your account's key with --key FILE")
  const [secret = ""] = /ed25519:[1-9A-HJ-NP-Za-km-z]{60,90}/.exec(key) ?? []
  return openTranscript(sealed.data, readSecretKey(secret || key))
}
