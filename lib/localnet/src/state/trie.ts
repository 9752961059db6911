/**
 * A persistent map from hex strings to values, shaped as NEAR's state trie: changing it copies one path, so an
 * old root stays readable. It counts nodes as nearcore does; it does not hash them.
 */
export interface TrieNode {
  /** Nibbles between the parent's branch and this node, as hex digits. */
  readonly path: string
  readonly value: unknown
  /** 16 places, one for each nibble; absent in a leaf. */
  readonly children: readonly (TrieNode | undefined)[] | undefined
}

export type Trie = TrieNode | undefined

export function trieGet(trie: Trie, key: string): unknown {
  let node = trie
  let offset = 0
  while (node !== undefined && key.startsWith(node.path, offset)) {
    offset += node.path.length
    if (offset === key.length) return node.value
    node = node.children?.[nibbleAt(key, offset)]
    offset += 1
  }
  return undefined
}

/** `value` must not be undefined: that is what `trieRemove` is for. */
export function trieSet(trie: Trie, key: string, value: unknown, offset = 0): TrieNode {
  if (trie === undefined) return { path: key.slice(offset), value, children: undefined }
  const common = commonLength(trie.path, key, offset)
  const rest = offset + common
  if (common === trie.path.length) {
    if (rest === key.length) return { ...trie, value }
    const place = nibbleAt(key, rest)
    const child = trieSet(trie.children?.[place], key, value, rest + 1)
    return { ...trie, children: withChild(trie.children, place, child) }
  }
  const below: TrieNode = { ...trie, path: trie.path.slice(common + 1) }
  const children = withChild(undefined, nibbleAt(trie.path, common), below)
  const path = trie.path.slice(0, common)
  if (rest === key.length) return { path, value, children }
  const leaf: TrieNode = { path: key.slice(rest + 1), value, children: undefined }
  return { path, value: undefined, children: withChild(children, nibbleAt(key, rest), leaf) }
}

export function trieRemove(trie: Trie, key: string, offset = 0): Trie {
  if (trie === undefined || !key.startsWith(trie.path, offset)) return trie
  const rest = offset + trie.path.length
  if (rest === key.length) return joined({ ...trie, value: undefined })
  const place = nibbleAt(key, rest)
  const child = trie.children?.[place]
  const replaced = trieRemove(child, key, rest + 1)
  if (replaced === child) return trie
  return joined({ ...trie, children: withChild(trie.children, place, replaced) })
}

/** In the order of the keys. */
export function* trieEntries(trie: Trie, prefix: string): Generator<[key: string, value: unknown]> {
  let node = trie
  let offset = 0
  while (node !== undefined) {
    const wanted = prefix.slice(offset, offset + node.path.length)
    if (!node.path.startsWith(wanted)) return
    if (offset + node.path.length >= prefix.length) {
      yield* below(node, prefix.slice(0, offset))
      return
    }
    offset += node.path.length
    node = node.children?.[nibbleAt(prefix, offset)]
    offset += 1
  }
}

/** Nodes that a look-up visits: an extension and its branch are two, and a value that is found is one more. */
export function trieNodesTouched(trie: Trie, key: string): number {
  let node = trie
  let offset = 0
  let touched = 0
  while (node !== undefined) {
    const isExtended = node.children !== undefined && node.path !== ""
    touched += 1
    if (!key.startsWith(node.path, offset)) return touched
    if (isExtended) touched += 1
    offset += node.path.length
    if (offset === key.length) return node.value === undefined ? touched : touched + 1
    node = node.children?.[nibbleAt(key, offset)]
    offset += 1
  }
  return touched
}

function* below(node: TrieNode, before: string): Generator<[key: string, value: unknown]> {
  const key = before + node.path
  if (node.value !== undefined) yield [key, node.value]
  for (const [place, child] of (node.children ?? []).entries()) {
    if (child !== undefined) yield* below(child, key + place.toString(16))
  }
}

/** A node without a value needs two children at least. */
function joined(node: TrieNode): Trie {
  if (node.value !== undefined) return node
  const places = [...(node.children ?? []).entries()].filter(([, child]) => child !== undefined)
  if (places.length > 1) return node
  const [place, child] = places[0] ?? []
  if (place === undefined || child === undefined) return undefined
  return { ...child, path: node.path + place.toString(16) + child.path }
}

function withChild(
  children: TrieNode["children"],
  place: number,
  child: TrieNode | undefined,
): readonly (TrieNode | undefined)[] {
  const copy = children?.slice() ?? Array.from<TrieNode | undefined>({ length: 16 })
  copy[place] = child
  return copy
}

function nibbleAt(key: string, offset: number): number {
  const code = key.charCodeAt(offset)
  return code < 58 ? code - 48 : code - 87
}

function commonLength(path: string, key: string, offset: number): number {
  let length = 0
  while (
    length < path.length &&
    offset + length < key.length &&
    path.charCodeAt(length) === key.charCodeAt(offset + length)
  ) {
    length += 1
  }
  return length
}
