/** Whether a text is JSON nested at most so deep. */

/** Depth is counted before parsing, in one pass: deep input must not cost stack. */
export function isJsonWithin(text: string, maxDepth: number): boolean {
  return depthOf(text) <= maxDepth && parses(text)
}

function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  let inString = false
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i]
    if (inString) {
      if (char === "\\") i += 1
      else if (char === '"') inString = false
    } else if (char === '"') inString = true
    else if (char === "[" || char === "{") deepest = Math.max(deepest, (depth += 1))
    else if (char === "]" || char === "}") depth -= 1
  }
  return deepest
}

function parses(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
