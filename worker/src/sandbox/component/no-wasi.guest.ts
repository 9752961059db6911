/**
 * What stands for WASI under the transpiler, which is a component itself: no files, no environment,
 * and for its hash tables always the same seed, so that the same bytes give the same bytes.
 */

class Nothing {}
const none = () => undefined
const absent = () => {
  throw new Error("the transpiler wants what it should not need")
}

export const environment = { getEnvironment: () => [] }
export const exit = { exit: absent }
export const stdin = { getStdin: () => new Nothing() }
export const stdout = { getStdout: () => new Nothing() }
export const stderr = { getStderr: () => new Nothing() }
export const terminalInput = { TerminalInput: Nothing }
export const terminalOutput = { TerminalOutput: Nothing }
export const terminalStdin = { getTerminalStdin: none }
export const terminalStdout = { getTerminalStdout: none }
export const terminalStderr = { getTerminalStderr: none }
export const preopens = { getDirectories: () => [] }
export const types = {
  Descriptor: Nothing,
  DirectoryEntryStream: Nothing,
  filesystemErrorCode: none,
}
export const error = { Error: Nothing }
export const streams = {
  InputStream: Nothing,
  OutputStream: class {
    checkWrite(): bigint {
      return 65_536n
    }
    write(): void {}
    blockingWriteAndFlush(): void {}
    blockingFlush(): void {}
  },
}
export const random = {
  getRandomBytes: (length: bigint) => new Uint8Array(Number(length)).fill(7),
}
