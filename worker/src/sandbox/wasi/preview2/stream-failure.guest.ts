/** In the words of the interface that a stream came from, which alone can tell them. */
export interface Reason {
  of: "filesystem" | "http"
  code: unknown
}

/** Thrown by a source or a sink: the stream's operation fails. */
export class StreamFailure extends Error {
  override readonly name = "StreamFailure"
  readonly reason: Reason

  constructor(message: string, reason: Reason) {
    super(message)
    this.reason = reason
  }
}
