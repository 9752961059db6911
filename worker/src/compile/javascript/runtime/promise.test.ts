// oxlint-disable typescript/await-thenable, typescript/no-misused-promises, typescript/only-throw-error, unicorn/no-thenable -- what is odd is what is tested
import { setImmediate } from "node:timers/promises"
import { describe, expect, test } from "vitest"
import { GuestPromise, runJobs, takeUnhandled } from "./promise.ts"

type Log = (entry: unknown) => void
type Program = (P: PromiseConstructor, log: Log) => void

const thenable = (value: unknown) => ({
  then(resolve: (value: unknown) => void) {
    resolve(value)
  },
})

describe("a guest's promises do what the language's own do, in the same order", () => {
  test.for<[string, Program]>([
    [
      "reactions run after the code that made them, in turn",
      (P, log) => {
        void P.resolve(1).then(log).then(log)
        void P.resolve(2).then(log)
        log("now")
      },
    ],
    [
      "a resolution by a promise or thenable takes its turns",
      (P, log) => {
        void P.resolve()
          .then(() => P.resolve("promise"))
          .then(log)
        void P.resolve()
          .then(() => thenable("thenable"))
          .then(log)
        void [0, 1, 2, 3, 4].reduce((p) => p.then(log), P.resolve<unknown>("tick") as Promise<void>)
      },
    ],
    [
      "only the first settlement counts",
      (P, log) => {
        void new P((resolve, reject) => {
          resolve(1)
          reject(new Error("late"))
          resolve(2)
          throw new Error("later")
        }).then(log, log)
      },
    ],
    [
      "what a reaction throws rejects, and catch goes on",
      (P, log) => {
        void P.reject(new Error("first"))
          .then(() => log("never"))
          .catch((error: Error) => log(error.message))
          .finally(() => log("finally"))
          .then(() => {
            throw new TypeError("second")
          })
          .catch((error: Error) => log(error.name))
      },
    ],
    [
      "finally hands on what came, unless it fails itself",
      (P, log) => {
        void P.resolve(1)
          .finally(() => 2)
          .then(log)
        void P.reject("why")
          .finally(() => 2)
          .catch(log)
        void P.resolve(1)
          .finally(() => P.reject("new"))
          .catch(log)
      },
    ],
    [
      "a promise of itself is refused",
      (P, log) => {
        const { promise, resolve } = P.withResolvers<unknown>()
        resolve(promise)
        promise.catch((error: Error) => log(error.name))
      },
    ],
    [
      "a then that throws, or is no function",
      (P, log) => {
        void P.resolve(
          Object.defineProperty({}, "then", {
            get: () => {
              throw "getter"
            },
          }),
        ).catch(log)
        void P.resolve({ then: 3 }).then((value) => log(Object.keys(value as object)))
      },
    ],
    [
      "all, allSettled, race and any",
      (P, log) => {
        void P.all([1, P.resolve(2), thenable(3)]).then(log)
        void P.all([]).then(log)
        void P.all([1, P.reject("no"), P.reject("more")]).catch(log)
        void P.allSettled([1, P.reject("no")]).then(log)
        void P.race([new P(() => {}), P.resolve("first"), 2]).then(log)
        void P.any([P.reject(1), P.resolve("any"), P.resolve(3)]).then(log)
        void P.any([P.reject(1), P.reject(2)]).catch((error: AggregateError) => log(error.errors))
        void P.any([]).catch((error: AggregateError) => log(error.errors))
      },
    ],
    [
      "a subclass makes its own kind",
      (P, log) => {
        class Sub<T> extends P<T> {}
        const one = Sub.resolve(1).then(() => 2)
        log(one instanceof Sub && Sub.all([]) instanceof Sub)
        log(Object.prototype.toString.call(one))
      },
    ],
  ])("%s", async ([, program]) => {
    const native: unknown[] = []
    program(Promise, (entry) => native.push(entry))
    await setImmediate()
    const ours: unknown[] = []
    program(GuestPromise as unknown as PromiseConstructor, (entry) => ours.push(entry))
    runJobs()

    expect(native.length).toBeGreaterThan(0)
    // The four combinators may take another number of turns.
    const isOrdered = !program.toString().includes("allSettled")
    const sort = (log: unknown[]) =>
      isOrdered ? log : log.map((e) => JSON.stringify(e)).toSorted()
    expect(sort(ours)).toEqual(sort(native))
  })
})

test("a rejection that nobody looked at is found, and no other", () => {
  GuestPromise.reject("seen").catch(() => {})
  GuestPromise.reject("lost").then(() => {})
  runJobs()

  expect(takeUnhandled()).toEqual({ reason: "lost" })
  expect(takeUnhandled()).toBeUndefined()
})
