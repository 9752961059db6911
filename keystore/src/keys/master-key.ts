/**
 * Where master secrets come from: 32 bytes per epoch, the same after every start. NEAR's
 * confidential key derivation would be a third source behind this interface.
 */
export interface MasterKeySource {
  /** For the log. */
  readonly name: string
  read(epoch: number): Promise<Uint8Array>
}

/** The part of the dstack guest agent's client that is needed here. */
export interface KeyAgent {
  getKey(path: string): Promise<Uint8Array>
}

/**
 * Derived by the machine from the application's own key: an upgrade with the same app id gets the
 * same bytes, and so does whoever may say what that application is. `docs/secrets.md` says more.
 */
export function dstackMasterKeys(agent: KeyAgent): MasterKeySource {
  return {
    name: "dstack",
    // The path alone decides the key: the agent ignores purpose and algorithm.
    read: (epoch) => agent.getKey(`outlayer/keystore/master/1/${epoch}`),
  }
}
