/** Logs that contradict the quote, themselves, or the order of a boot. Where possible RTMR3 fits them. */
import { createHash } from "node:crypto"
import { keccak_256 } from "@noble/hashes/sha3.js"
import type { LogEvent } from "../../pure/index.ts"
import { bootEvents, replay, runtimeEvent } from "../event-log.ts"
import { REPORT } from "../quote.ts"
import type { Group } from "./case.ts"
import { COMPOSE_HASH, type ScenarioChanges } from "./scenario.ts"

const BOOT = bootEvents({ composeHash: COMPOSE_HASH })
const OTHER = runtimeEvent("compose-hash", "ee".repeat(32))
const APP = runtimeEvent("image-digest", "ab")
const PROVIDER = { name: "kms", id: "cd".repeat(32) }
const FIRMWARE: LogEvent = {
  imr: 0,
  event_type: 0x80000008,
  digest: createHash("sha384").update("firmware").digest("hex"),
  event: "EV_EFI_PLATFORM: any text",
  event_payload: "not hex",
}

export const eventLog: Group = {
  "the log of a boot": ["accept", {}],
  "an event of the application after it": ["accept", measured([...BOOT, APP])],
  "events of the second form": [
    "accept",
    measured(BOOT.map(({ event, event_payload }) => runtimeEvent(event, event_payload, 2))),
  ],
  "digests left out": ["accept", { shown: BOOT.map((event) => ({ ...event, digest: "" })) }],
  "other events between those of the boot": [
    "accept",
    measured(insert(2, runtimeEvent("rootfs-hash", "aa"))),
  ],
  "firmware's events, as measured": ["accept", firmware(FIRMWARE)],
  "an instance id": [
    "accept",
    measured(bootEvents({ composeHash: COMPOSE_HASH, instanceId: "12".repeat(20) })),
  ],
  "MRCONFIGID of the first form": ["accept", configured(`01${COMPOSE_HASH}`)],
  "MRCONFIGID of the second form": ["accept", second],

  "no list": ["log_malformed", { shown: { events: BOOT } }],
  text: ["log_malformed", { shown: JSON.stringify(BOOT) }],
  "an event that is null": ["log_malformed", { shown: [null, ...BOOT] }],
  "a register that does not exist": ["log_malformed", { shown: [...BOOT, { ...APP, imr: 4 }] }],
  "a payload that is not hex": ["log_malformed", { shown: replace(1, { event_payload: "xy" }) }],
  "a digest of another length": ["log_malformed", { shown: replace(1, { digest: "ab" }) }],
  "a form that does not exist": ["log_malformed", { shown: replace(1, { version: 3 }) }],
  "100,000 events": ["log_too_large", { shown: Array.from({ length: 100_000 }, () => APP) }],
  "a payload of 1 MB": [
    "log_too_large",
    { shown: [...BOOT, { ...APP, event_payload: "00".repeat(1 << 20) }] },
  ],
  "a name of 1,000 letters": [
    "log_too_large",
    { shown: [...BOOT, { ...APP, event: "a".repeat(1000) }] },
  ],

  "a payload that the digest is not of": [
    "log_digest",
    { shown: replace(2, { event_payload: OTHER.event_payload }) },
  ],
  "a payload swapped, digest left out": [
    "log_replay",
    { shown: replace(2, { event_payload: OTHER.event_payload, digest: "" }) },
  ],
  "an event of the first form said to be of the second": [
    "log_digest",
    { shown: replace(2, { version: 2 }) },
  ],
  "an event that is missing": ["log_replay", { shown: BOOT.filter((_, at) => at !== 6) }],
  "an event that occurs twice": [
    "log_replay",
    { shown: insert(6, runtimeEvent("storage-fs", "7a6673")) },
  ],
  "two events exchanged": ["log_replay", { shown: BOOT.with(1, at(6)).with(6, at(1)) }],
  "no events": ["log_replay", { shown: [] }],
  "the log of another machine": [
    "log_replay",
    { shown: bootEvents({ composeHash: COMPOSE_HASH, instanceId: "12".repeat(20) }) },
  ],
  "firmware's events of another machine": [
    "log_replay",
    { ...firmware(FIRMWARE), shown: [{ ...FIRMWARE, digest: "00".repeat(48) }, ...BOOT] },
  ],
  "firmware's events without digests": [
    "log_malformed",
    { ...firmware(FIRMWARE), shown: [{ ...FIRMWARE, digest: "" }, ...BOOT] },
  ],

  "an event of firmware in RTMR3": [
    "log_event_type",
    measured([...BOOT, { ...APP, event_type: 0x80000008 }]),
  ],
  "a colon in a name": ["log_event_name", measured([...BOOT, runtimeEvent("image:digest", "ab")])],
  "a quote mark in a name": [
    "log_event_name",
    measured([...BOOT, runtimeEvent('image"', "ab", 2)]),
  ],
  "an empty name": ["log_event_name", measured([...BOOT, runtimeEvent("", "ab")])],

  "no compose hash": ["log_claim_missing", measured(without("compose-hash"))],
  "no system-ready": ["log_claim_missing", measured(without("system-ready"))],
  "no key provider": ["log_claim_missing", measured(without("key-provider"))],
  "a second compose hash before system-ready": ["log_claim_repeated", measured(insert(3, OTHER))],
  "a second compose hash after system-ready": ["log_claim_late", measured([...BOOT, OTHER])],
  "the only compose hash after system-ready": [
    "log_claim_late",
    measured([...without("compose-hash"), OTHER]),
  ],
  "a second system-ready": [
    "log_claim_repeated",
    measured([...BOOT, runtimeEvent("system-ready", "")]),
  ],
  "an event before system-preparing": ["log_order", measured(insert(0, APP))],
  "a compose hash before the app id": ["log_order", measured(BOOT.with(1, at(2)).with(2, at(1)))],
  "a compose hash of 31 bytes": [
    "log_claim_payload",
    measured(bootEvents({ composeHash: "c0".repeat(31) })),
  ],
  "an app id of 19 bytes": [
    "log_claim_payload",
    measured(bootEvents({ composeHash: COMPOSE_HASH, appId: "c0".repeat(19) })),
  ],
  "an instance id of 1 byte": [
    "log_claim_payload",
    measured(bootEvents({ composeHash: COMPOSE_HASH, instanceId: "c0" })),
  ],
  "a system-ready that says something": [
    "log_claim_payload",
    measured(BOOT.with(7, runtimeEvent("system-ready", "00"))),
  ],
  "a key provider that is no JSON": ["log_claim_payload", provider("kms")],
  "a key provider without a name": ["log_claim_payload", provider('{"id":"00"}')],
  "a key provider named twice": [
    "log_claim_payload",
    provider('{"name":"none","name":"kms","id":"00"}'),
  ],
  "no key provider at all": ["key_provider", provider('{"name":"none","id":""}')],
  "no key provider, where the policy would take that": [
    "key_provider",
    { ...provider('{"name":"none","id":""}'), policy: { keyProviders: ["none"] } },
  ],
  "a key provider that the policy does not name": [
    "key_provider",
    provider('{"name":"tpm","id":"00"}'),
  ],

  "MRCONFIGID of another compose hash": ["mr_config_id", configured(`01${"c1".repeat(32)}`)],
  "MRCONFIGID with more behind": ["mr_config_id", configured(`01${COMPOSE_HASH}01`)],
  "MRCONFIGID of the second form, of something else": [
    "mr_config_id",
    configured(`02${"c1".repeat(32)}`),
  ],
  "MRCONFIGID of a form that no log explains": ["mr_config_id", configured(`03${COMPOSE_HASH}`)],
  "MRCONFIGID of no form": ["mr_config_id", configured(`00${"c1".repeat(32)}`)],
}

function measured(events: readonly LogEvent[]): ScenarioChanges {
  return { measured: events }
}

function configured(start: string): ScenarioChanges {
  return { quote: { report: { mrConfigId: start.padEnd(96, "0") } } }
}

/** Keccak-256 of compose hash, app id, the number of the provider's kind, and its id. */
function second(): ScenarioChanges {
  const appId = COMPOSE_HASH.slice(0, 40)
  const bytes = Buffer.from(`${COMPOSE_HASH}${appId}02${PROVIDER.id}`, "hex")
  const hash = Buffer.from(keccak_256(bytes)).toString("hex")
  return {
    ...configured(`02${hash}`),
    measured: bootEvents({ composeHash: COMPOSE_HASH, keyProvider: PROVIDER }),
  }
}

/** A log with an event of firmware, whose register the policy approves as it stands. */
function firmware(event: LogEvent): ScenarioChanges {
  const rtmr0 = replay([event], 0)
  const { mrTd, rtmr1, rtmr2 } = REPORT
  return {
    quote: { report: { rtmr0 } },
    measured: [event, ...BOOT],
    policy: { measurements: [{ mrTd, rtmr0, rtmr1, rtmr2, composeHash: COMPOSE_HASH }] },
  }
}

function provider(text: string): ScenarioChanges {
  return measured(BOOT.with(5, runtimeEvent("key-provider", Buffer.from(text).toString("hex"))))
}

function insert(index: number, event: LogEvent): LogEvent[] {
  return BOOT.toSpliced(index, 0, event)
}

function replace(index: number, changes: object): unknown[] {
  return BOOT.map((event, position) => (position === index ? { ...event, ...changes } : event))
}

function without(name: string): LogEvent[] {
  return BOOT.filter(({ event }) => event !== name)
}

function at(index: number): LogEvent {
  const event = BOOT[index]
  if (!event) throw new Error(`no event ${index}`)
  return event
}
