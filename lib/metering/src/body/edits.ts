/** What is to be changed in a body, by rising offset. Each edit stands for the operator from `at` to `resume`. */
export const NOTHING = 0
export const GET_GLOBAL = 1
export const SET_GLOBAL = 2
/** A `return`, which is to leave through the epilogue. */
export const RETURN = 3
/** An operator whose result may be a NaN of any kind. */
export const MAKE_F32 = 4
export const MAKE_F64 = 5
/** An operator that pays by its topmost operand. */
export const PAY_BY_SIZE = 6
/** A call, after which the counter has another value: of this function, or of -1 through a table. */
export const CALL = 7
/** The last `end`. */
export const END = 8
export const MAKE_F32X4 = 9
export const MAKE_F64X2 = 10
/** A call that the frame does not outlive. */
export const TAIL_CALL = 11
/** The counter is to be right from here on. */
export const WRITE_FUEL = 12
/** The local copy of the counter is to be right from here on. */
export const READ_FUEL = 13
/** `loop` and its type, and its `end`: of a simple loop, whose body begins this range. */
export const LOOP = 14
export const END_LOOP = 15
/** The label of a branch, where another may take its place. */
export const LABEL = 16

const FIELDS = 4

export class Edits {
  #fields = new Int32Array(FIELDS * 256)
  count = 0

  clear(): void {
    this.count = 0
  }

  /** Gives the new edit's place. */
  add(at: number, resume: number, kind: number, argument: number): number {
    const start = this.count * FIELDS
    if (start === this.#fields.length) {
      const larger = new Int32Array(start * 2)
      larger.set(this.#fields)
      this.#fields = larger
    }
    this.#fields[start] = at
    this.#fields[start + 1] = resume
    this.#fields[start + 2] = kind
    this.#fields[start + 3] = argument
    this.count += 1
    return this.count - 1
  }

  change(edit: number, kind: number): void {
    this.#fields[edit * FIELDS + 2] = kind
  }

  /** What left a loop since this edit now leaves so many blocks more. */
  deepen(since: number, blocks: number): void {
    for (let edit = since; edit < this.count; edit += 1) {
      const kind = this.kind(edit)
      if (kind === LABEL || kind === RETURN)
        this.#fields[edit * FIELDS + 3] = this.argument(edit) + blocks
    }
  }

  at(edit: number): number {
    return this.#fields[edit * FIELDS] as number
  }

  resume(edit: number): number {
    return this.#fields[edit * FIELDS + 1] as number
  }

  kind(edit: number): number {
    return this.#fields[edit * FIELDS + 2] as number
  }

  argument(edit: number): number {
    return this.#fields[edit * FIELDS + 3] as number
  }
}
