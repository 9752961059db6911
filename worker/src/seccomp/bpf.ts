/** An assembler for classic BPF, as seccomp takes it: `man 2 seccomp`, linux/filter.h. */

export type Line = Instruction | { label: string }

interface Instruction {
  code: number
  k: number
  /** Labels further down; without one the next instruction follows. */
  ifTrue?: string | undefined
  ifFalse?: string | undefined
}

interface Branch {
  ifTrue?: string
  ifFalse?: string
}

/** BPF_LD | BPF_W | BPF_ABS: 32 bits of `struct seccomp_data` into the accumulator. */
export function load(offset: number): Line {
  return { code: OPCODES.load, k: offset }
}

export function jumpIfEqual(k: number, branch: Branch): Line {
  return { code: OPCODES.jumpIfEqual, k, ...branch }
}

/** Unsigned. */
export function jumpIfAtLeast(k: number, branch: Branch): Line {
  return { code: OPCODES.jumpIfAtLeast, k, ...branch }
}

export function jumpIfAnyBit(k: number, branch: Branch): Line {
  return { code: OPCODES.jumpIfAnyBit, k, ...branch }
}

export function answer(k: number): Line {
  return { code: OPCODES.answer, k }
}

export const OPCODES = {
  load: 0x20,
  jumpIfEqual: 0x15,
  jumpIfAtLeast: 0x35,
  jumpIfAnyBit: 0x45,
  answer: 0x06,
} as const

/** `struct sock_filter`: a 16-bit code, two 8-bit jumps forward, 32 bits of operand. */
export const INSTRUCTION_BYTES = 8
/** BPF_MAXINSNS. */
const MAX_INSTRUCTIONS = 4096
const MAX_JUMP = 255

/** Both architectures that we know are little-endian. Throws on what the kernel would not take. */
export function assemble(lines: readonly Line[]): Uint8Array {
  const labels = new Map<string, number>()
  const instructions: Instruction[] = []
  for (const line of lines) {
    if ("code" in line) instructions.push(line)
    else if (labels.has(line.label)) throw new Error(`the label ${line.label} is there twice`)
    else labels.set(line.label, instructions.length)
  }
  if (instructions.length > MAX_INSTRUCTIONS) throw new Error("too many instructions")
  if (instructions.at(-1)?.code !== OPCODES.answer) throw new Error("the last must be an answer")

  const distance = (from: number, label: string | undefined) => {
    if (label === undefined) return 0
    const jump = (labels.get(label) ?? -1) - from - 1
    if (jump < 0 || jump > MAX_JUMP) throw new Error(`no jump from ${from} to ${label}`)
    return jump
  }
  const bytes = new DataView(new ArrayBuffer(instructions.length * INSTRUCTION_BYTES))
  for (const [index, { code, k, ifTrue, ifFalse }] of instructions.entries()) {
    const at = index * INSTRUCTION_BYTES
    bytes.setUint16(at, code, true)
    bytes.setUint8(at + 2, distance(index, ifTrue))
    bytes.setUint8(at + 3, distance(index, ifFalse))
    bytes.setUint32(at + 4, k, true)
  }
  return new Uint8Array(bytes.buffer)
}
