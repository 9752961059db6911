/** A URL fit for logs: credentials, paths of keys and query strings are left out. */
export function maskUrl(text: string): string {
  const url = URL.parse(text)
  if (!url) return "[not a URL]"
  const hidden = url.username || url.password || url.search || url.pathname.length > 1
  return `${url.protocol}//${url.host}${hidden ? "/[masked]" : ""}`
}
