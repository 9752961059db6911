/** The event log of a simulated boot, as dstack's guest writes it, and the register that it extends. */
import { createHash } from "node:crypto"
import type { LogEvent } from "../pure/index.ts"

export interface Boot {
  /** 32 bytes, hex. */
  readonly composeHash: string
  /** 20 bytes, hex; the start of the compose hash unless given. */
  readonly appId?: string
  /** 20 bytes, hex, or empty. */
  readonly instanceId?: string
  readonly keyProvider?: { readonly name: string; readonly id: string }
}

const RUNTIME_EVENT = 0x08000001

const PROVIDER = { name: "local-sgx", id: sha256("simulated provider") }

/** From where that boot has its keys, by the names of the register contract's. */
export function keyOriginOf({ composeHash, appId, keyProvider = PROVIDER }: Boot) {
  const { name: key_provider, id: key_provider_id } = keyProvider
  return { key_provider, key_provider_id, app_id: appId ?? composeHash.slice(0, 40) }
}

export function bootEvents(boot: Boot): LogEvent[] {
  const { composeHash, instanceId = "", keyProvider = PROVIDER } = boot
  return [
    runtimeEvent("system-preparing", ""),
    runtimeEvent("app-id", keyOriginOf(boot).app_id),
    runtimeEvent("compose-hash", composeHash),
    runtimeEvent("instance-id", instanceId),
    runtimeEvent("boot-mr-done", ""),
    runtimeEvent("key-provider", Buffer.from(JSON.stringify(keyProvider)).toString("hex")),
    runtimeEvent("storage-fs", Buffer.from("zfs").toString("hex")),
    runtimeEvent("system-ready", ""),
  ]
}

/** `payload` is hex. */
export function runtimeEvent(event: string, payload: string, version: 1 | 2 = 1): LogEvent {
  const type = Buffer.alloc(4)
  type.writeUInt32LE(RUNTIME_EVENT)
  const preimage =
    version === 1
      ? Buffer.concat([type, Buffer.from(`:${event}:`), Buffer.from(payload, "hex")])
      : JSON.stringify({ name: event, payload, type: RUNTIME_EVENT })
  return {
    imr: 3,
    event_type: RUNTIME_EVENT,
    digest: createHash("sha384").update(preimage).digest("hex"),
    event,
    event_payload: payload,
    ...(version === 2 ? { version } : {}),
  }
}

/** The register after all events of it, hex. */
export function replay(events: readonly LogEvent[], imr = 3): string {
  let value = Buffer.alloc(48)
  for (const { digest } of events.filter((event) => event.imr === imr)) {
    value = createHash("sha384").update(value).update(digest, "hex").digest()
  }
  return value.toString("hex")
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex")
}
