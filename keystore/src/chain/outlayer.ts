/** What the contracts `outlayer` and `register` say, read from a snapshot. */
import {
  AccountId,
  OutlayerError,
  PublishedKeys,
  RegisteredKeystore,
  RegisteredWorker,
  StoredSecret,
} from "@outlayer/protocol"
import {
  type AccessCondition,
  type HashedRequest,
  parseAccessCondition,
} from "@outlayer/protocol/pure"
import { z } from "zod"
import type { Snapshot } from "./snapshot.ts"

/** Only what decides something here; the hash is over all of the request. */
const Request = z.looseObject({
  request_id: z.int(),
  request_hash: z.string(),
  sender_id: AccountId,
  code_source: z.object({ repo: z.string(), commit: z.string(), build_target: z.string() }),
  secrets_ref: z.object({ profile: z.string(), account_id: AccountId }).nullable(),
  encrypted_secrets: z.string().nullable(),
})

export type PendingRequest = z.infer<typeof Request> & HashedRequest

export interface FoundSecret {
  envelope: Uint8Array
  /** Undefined where this build cannot read it. */
  access: AccessCondition | undefined
  branch: string | null
}

export interface Accounts {
  outlayer: string
  register: string
}

export type Contracts = ReturnType<typeof openContracts>

export function openContracts(snapshot: Snapshot, { outlayer, register }: Accounts) {
  return {
    /** Undefined for a request that is settled, or that never was. */
    async request(requestId: number): Promise<PendingRequest | undefined> {
      const found = await read(outlayer, "get_request", { request_id: requestId })
      // The hash over all fields is checked by whoever uses it.
      return found === null ? undefined : (Request.parse(found) as PendingRequest)
    },

    /** The exact branch's, else the one of every branch. */
    async secret(key: {
      repo: string
      branch: string | null
      profile: string
      owner: string
    }): Promise<FoundSecret | undefined> {
      const found = await read(outlayer, "get_secrets", key)
      if (found === null) return undefined
      const { encrypted_secrets, access, branch } = StoredSecret.parse(found)
      return {
        envelope: new Uint8Array(Buffer.from(encrypted_secrets, "base64")),
        access: readCondition(access),
        branch,
      }
    },

    /** Undefined for a key that is not registered. */
    async workerKey(publicKey: string): Promise<RegisteredWorker | undefined> {
      const found = await read(register, "get_worker", { public_key: publicKey })
      return found === null ? undefined : RegisteredWorker.parse(found)
    },

    async keystore(): Promise<RegisteredKeystore | undefined> {
      const found = await read(register, "get_keystore", {})
      return found === null ? undefined : RegisteredKeystore.parse(found)
    },

    /** Undefined before the first were published. */
    async publishedKeys(): Promise<PublishedKeys | undefined> {
      const found = await read(outlayer, "get_keystore_keys", {})
      return found === null ? undefined : PublishedKeys.parse(found)
    },

    read,
  }

  async function read(contract: string, method: string, args: object): Promise<unknown> {
    const answer = await snapshot.view(contract, method, args)
    if (answer.ok) return answer.value
    throw new OutlayerError("chain_unavailable", `${contract}.${method}: ${answer.failure}`)
  }
}

function readCondition(access: unknown): AccessCondition | undefined {
  try {
    return parseAccessCondition(access)
  } catch {
    return undefined
  }
}
