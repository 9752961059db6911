/**
 * Where our counters stand among a module's globals: behind those that it imports, so that constants, which can name only these,
 * are copied as they are; all of the module's own move.
 */
export class OurGlobals {
  readonly fuel: number
  readonly stack: number
  /** Pages that all memories of a component may still gain together; of its members alone. */
  readonly pages: number | undefined
  /** How many the host gives. */
  readonly count: number

  constructor(imported: number, sharesPages: boolean) {
    this.fuel = imported
    this.stack = imported + 1
    this.pages = sharesPages ? imported + 2 : undefined
    this.count = sharesPages ? 3 : 2
  }

  /** The new index of one of the module's. */
  move(index: number): number {
    return index < this.fuel ? index : index + this.count
  }
}
