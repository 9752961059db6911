/** What near-sdk-js takes from lodash-es: copies of plain state, with prototypes. */
export function cloneDeep<T>(value: T): T {
  return clone(value, new Map()) as T
}

function clone(value: unknown, seen: Map<object, unknown>): unknown {
  if (typeof value !== "object" || value === null) return value
  const known = seen.get(value)
  if (known !== undefined) return known
  if (value instanceof Date) return new Date(value.getTime())
  if (value instanceof Uint8Array) return value.slice()
  const copy: object = Array.isArray(value) ? [] : Object.create(Object.getPrototypeOf(value))
  seen.set(value, copy)
  if (value instanceof Map || value instanceof Set) throw new TypeError("state holds a Map or Set")
  for (const key of Object.keys(value)) Reflect.set(copy, key, clone(Reflect.get(value, key), seen))
  return copy
}
