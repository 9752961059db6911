/**
 * Promises that we can run to their end. The engine is called synchronously and gives its own job
 * queue no turn, so async functions are compiled to generators over this class.
 */
type Job = () => void
type Resolve<T> = (value: T | PromiseLike<T>) => void
type Reject = (reason: unknown) => void

let jobs: Job[] = []
/** Rejected and not (yet) handled: what is still here when nothing is left to do has failed. */
const unhandled = new Set<{ readonly value: unknown }>()

/** Runs every job, and those that they add. */
export function runJobs(): void {
  while (jobs.length > 0) {
    const turn = jobs
    jobs = []
    for (const job of turn) job()
  }
}

export function addJob(job: Job): void {
  jobs.push(job)
}

/** The first rejection that nobody looked at. */
export function takeUnhandled(): { reason: unknown } | undefined {
  for (const promise of unhandled) {
    unhandled.clear()
    return { reason: promise.value }
  }
  return undefined
}

type State = "pending" | "fulfilled" | "rejected"

export class GuestPromise<T> {
  state: State = "pending"
  value: unknown = undefined
  readonly #waiting: Job[] = []
  #handled = false

  constructor(executor: (resolve: Resolve<T>, reject: Reject) => void) {
    if (typeof executor !== "function") throw new TypeError("A promise needs a function")
    const { resolve, reject } = this.#settlers()
    try {
      executor(resolve, reject)
    } catch (error) {
      reject(error)
    }
  }

  // oxlint-disable-next-line unicorn/no-thenable
  then(onFulfilled?: unknown, onRejected?: unknown): GuestPromise<unknown> {
    const Species = speciesOf(this)
    const next = GuestPromise.withResolvers.call(Species)
    const react = () => {
      const handler = this.state === "fulfilled" ? onFulfilled : onRejected
      addJob(() => {
        if (typeof handler !== "function") {
          if (this.state === "fulfilled") next.resolve(this.value)
          else next.reject(this.value)
          return
        }
        try {
          next.resolve((handler as (value: unknown) => unknown)(this.value))
        } catch (error) {
          next.reject(error)
        }
      })
    }
    unhandled.delete(this)
    this.#handled = true
    if (this.state === "pending") this.#waiting.push(react)
    else react()
    return next.promise as GuestPromise<unknown>
  }

  catch(onRejected?: unknown): GuestPromise<unknown> {
    return this.then(undefined, onRejected)
  }

  finally(onFinally?: unknown): GuestPromise<unknown> {
    if (typeof onFinally !== "function") return this.then(onFinally, onFinally)
    const run = onFinally as () => unknown
    return this.then(
      (value: unknown) => GuestPromise.resolve(run()).then(() => value),
      (reason: unknown) =>
        GuestPromise.resolve(run()).then(() => {
          throw reason
        }),
    )
  }

  get [Symbol.toStringTag](): string {
    return "Promise"
  }

  static get [Symbol.species](): unknown {
    return this
  }

  static withResolvers(this: unknown) {
    const Constructor = this as new (
      executor: (resolve: Resolve<unknown>, reject: Reject) => void,
    ) => unknown
    let resolve: Resolve<unknown> = () => {}
    let reject: Reject = () => {}
    const promise = new Constructor((one, other) => {
      resolve = one
      reject = other
    })
    return { promise, resolve, reject }
  }

  static resolve(value?: unknown): GuestPromise<unknown> {
    if (value instanceof GuestPromise && value.constructor === this) return value
    const { promise, resolve } = GuestPromise.withResolvers.call(this)
    resolve(value)
    return promise as GuestPromise<unknown>
  }

  static reject(reason?: unknown): GuestPromise<unknown> {
    const { promise, reject } = GuestPromise.withResolvers.call(this)
    reject(reason)
    return promise as GuestPromise<unknown>
  }

  static try(run: (...args: unknown[]) => unknown, ...args: unknown[]): GuestPromise<unknown> {
    return new this((resolve) => resolve(run(...args)))
  }

  static all(values: Iterable<unknown>): GuestPromise<unknown> {
    return gather(this, values, (results, at, settle) => [
      (value) => settle(() => (results[at] = value)),
      undefined,
    ])
  }

  static allSettled(values: Iterable<unknown>): GuestPromise<unknown> {
    return gather(this, values, (results, at, settle) => [
      (value) => settle(() => (results[at] = { status: "fulfilled", value })),
      (reason) => settle(() => (results[at] = { status: "rejected", reason })),
    ])
  }

  static any(values: Iterable<unknown>): GuestPromise<unknown> {
    const turned = [...values].map((value) =>
      this.resolve(value).then(
        (result: unknown) => {
          // oxlint-disable-next-line typescript/only-throw-error -- the way out of `all`
          throw new Found(result)
        },
        (reason: unknown) => reason,
      ),
    )
    return this.all(turned).then(
      (errors: unknown) => {
        throw new AggregateError(errors as unknown[], "All promises were rejected")
      },
      (found: unknown) => {
        if (found instanceof Found) return found.value
        throw found
      },
    )
  }

  static race(values: Iterable<unknown>): GuestPromise<unknown> {
    return new this((resolve, reject) => {
      for (const value of values) this.resolve(value).then(resolve, reject)
    })
  }

  /** Of the two, and of their calls, only the first counts. */
  #settlers(): { resolve: Resolve<T>; reject: Reject } {
    let isDone = false
    const once = (run: () => void) => {
      if (isDone) return
      isDone = true
      run()
    }
    return {
      resolve: (value) => once(() => this.#resolve(value)),
      reject: (reason) => once(() => this.#settle("rejected", reason)),
    }
  }

  #resolve(value: unknown): void {
    if (value === this) {
      this.#settle("rejected", new TypeError("A promise cannot wait for itself"))
      return
    }
    if ((typeof value !== "object" || value === null) && typeof value !== "function") {
      this.#settle("fulfilled", value)
      return
    }
    let follow: unknown
    try {
      follow = Reflect.get(value, "then")
    } catch (error) {
      this.#settle("rejected", error)
      return
    }
    if (typeof follow !== "function") {
      this.#settle("fulfilled", value)
      return
    }
    const { resolve, reject } = this.#settlers()
    addJob(() => {
      try {
        Reflect.apply(follow, value, [resolve, reject])
      } catch (error) {
        reject(error)
      }
    })
  }

  #settle(state: State, value: unknown): void {
    this.state = state
    this.value = value
    if (state === "rejected" && !this.#handled) unhandled.add(this)
    for (const react of this.#waiting.splice(0)) react()
  }
}

class Found {
  readonly value: unknown
  constructor(value: unknown) {
    this.value = value
  }
}

type Reaction = ((value: unknown) => void) | undefined

function gather(
  Constructor: typeof GuestPromise,
  values: Iterable<unknown>,
  reactions: (
    results: unknown[],
    at: number,
    settle: (run: () => void) => void,
  ) => [Reaction, Reaction],
): GuestPromise<unknown> {
  return new Constructor<unknown>((resolve, reject) => {
    const results: unknown[] = []
    let missing = 1
    const settle = (run: () => void) => {
      run()
      missing -= 1
      if (missing === 0) resolve(results)
    }
    let at = 0
    for (const value of values) {
      missing += 1
      const [onFulfilled, onRejected] = reactions(results, at, settle)
      Constructor.resolve(value).then(onFulfilled, onRejected ?? reject)
      at += 1
    }
    settle(() => {})
  })
}

function speciesOf(promise: object): unknown {
  const constructor: unknown = Reflect.get(promise, "constructor")
  if (typeof constructor !== "function") return GuestPromise
  return (Reflect.get(constructor, Symbol.species) as unknown) ?? GuestPromise
}
