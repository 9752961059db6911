/** Names in a component. */
import type { ByteReader } from "../binary/byte-reader.ts"
import type { Limit } from "../binary/rules.ts"
import { ModuleRefused } from "../module-refused.ts"

const NAME_LIMIT: Limit = { most: 20_000, code: "too_large" }
export const VECTOR_LIMIT: Limit = { most: 1_000_000, code: "too_large" }

export function readPlainName(reader: ByteReader): string {
  return reader.name(NAME_LIMIT)
}

/** Of an import or export. The byte before it once told URLs apart; 2 would bring a version of its own. */
export function readExternName(reader: ByteReader, names: Set<string>): string {
  const form = reader.byte()
  if (form > 1) throw new ModuleRefused("unsupported", `names of form ${form} are not supported`)
  const name = readPlainName(reader)
  names.add(name)
  return name
}
