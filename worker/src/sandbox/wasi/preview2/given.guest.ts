/**
 * What a guest gives along with a call must be what WASI says: a component's own types decide what the
 * glue makes of its memory, and nobody compares them with ours.
 */
import { Resource } from "./resource.guest.ts"

/** Resources by the names that their interfaces give them. */
export type Classes = ReadonlyMap<string, typeof Resource>
export type Shape = (value: unknown, classes: Classes) => boolean

/** Whether there are as many values as there may be, each in its shape. */
export function isGiven(
  shapes: readonly Shape[],
  values: readonly unknown[],
  classes: Classes,
): boolean {
  return (
    values.length <= shapes.length && shapes.every((isIn, place) => isIn(values[place], classes))
  )
}

export const TEXT: Shape = (value) => typeof value === "string"
export const BYTES: Shape = (value) => value instanceof Uint8Array
export const U8: Shape = (value) => isUnsigned(value, 0xff)
export const U32: Shape = (value) => isUnsigned(value, 0xffff_ffff)
export const U64: Shape = (value) =>
  typeof value === "bigint" && value >= 0n && value <= 0xffff_ffff_ffff_ffffn

export function handle(name: string): Shape {
  return (value, classes) => {
    const Class = classes.get(name)
    return Class !== undefined && value instanceof Class && Resource.isReal(value)
  }
}

export function option(shape: Shape): Shape {
  return (value, classes) => value === undefined || shape(value, classes)
}

export function list(shape: Shape): Shape {
  return (value, classes) => Array.isArray(value) && value.every((one) => shape(one, classes))
}

export function tuple(...shapes: readonly Shape[]): Shape {
  return (value, classes) => Array.isArray(value) && isGiven(shapes, value, classes)
}

export function record(shapes: Readonly<Record<string, Shape>>): Shape {
  return (value, classes) =>
    isObject(value) &&
    Object.entries(shapes).every(([name, shape]) => shape(Reflect.get(value, name), classes))
}

/** Those that are absent are not set. */
export function flags(...names: readonly string[]): Shape {
  return (value) =>
    isObject(value) &&
    names.every((name) => ["boolean", "undefined"].includes(typeof Reflect.get(value, name)))
}

/** By cases, and what each holds. */
export function variant(cases: ReadonlyMap<string, Shape>): Shape {
  return (value, classes) => {
    if (!isObject(value)) return false
    const shape = cases.get(String(Reflect.get(value, "tag")))
    return shape !== undefined && shape(Reflect.get(value, "val"), classes)
  }
}

/** For a case that holds nothing. */
export const NOTHING: Shape = (value) => value === undefined

function isUnsigned(value: unknown, most: number): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= most
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null
}
