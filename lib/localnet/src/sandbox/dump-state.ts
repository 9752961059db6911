import { copyFile, mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { ChainStore } from "../chain/chain-store.ts"
import { genesisState } from "../chain/genesis.ts"
import { recordsOf } from "../chain/records.ts"
import { State } from "../state/state.ts"
import { readHome, storeFile } from "./home.ts"

const HOME_FILES = ["config.json", "node_key.json", "validator_key.json"]

/** `output.json` with all records of the last block; as a stream, a folder of its own. */
export async function dumpState(home: string, isStream: boolean): Promise<void> {
  const { genesis } = await readHome(home)
  const file = storeFile(home)
  await mkdir(join(home, "data"), { recursive: true })
  const store = new ChainStore(file)
  const head = store.load()
  store.close()
  const state = head === undefined ? genesisState(genesis).state : new State(head.root)
  const records = [...recordsOf(state)]
  if (!isStream) {
    await writeFile(join(home, "output.json"), JSON.stringify({ ...genesis, records }))
    return
  }
  const folder = join(home, "output")
  await mkdir(folder, { recursive: true })
  for (const name of HOME_FILES) await copyFile(join(home, name), join(folder, name))
  await writeFile(join(folder, "genesis.json"), JSON.stringify({ ...genesis, records: [] }))
  await writeFile(join(folder, "records.json"), JSON.stringify(records))
}
