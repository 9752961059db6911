import {
  type ExecutionResponse,
  FullCommit,
  type RouteInput,
  Sha256Hex,
  type StoreAttestation,
} from "@outlayer/protocol"
import { resultReportData } from "@outlayer/protocol/pure"
import { nodePrimitives, sha256Hex } from "@outlayer/protocol/sealing/node"
import { createLogger } from "@outlayer/service"
import { expect, test } from "vitest"
import { executeTask } from "../tasks/task.fixture.ts"
import { createAttestedRuns } from "./attested-runs.ts"

const COMMIT = FullCommit.parse("1".repeat(40))
const RUN = {
  wasmHash: Sha256Hex.parse("2".repeat(64)),
  receiptHash: Sha256Hex.parse("3".repeat(64)),
}
const KEY = `ed25519:${"4".repeat(43)}`
const EVENT = { imr: 3, event_type: 1, digest: "", event: "a", event_payload: "00" }

test.for<[string, ExecutionResponse["output"], string]>([
  ["bytes", { Bytes: Buffer.from([0, 255]).toString("base64") }, "\u0000\u00ff"],
  ["text", { Text: "grün" }, Buffer.from("grün").toString("latin1")],
  ["json", { JsonText: '{"a": 1}' }, '{"a": 1}'],
])("a quote binds what ran and what came of it: %s", async ([, output, latin1]) => {
  const world = open()

  const hash = await world.attest({ ...answer(), output })

  expect(hash).toBe("5".repeat(64))
  const { statement, quote, event_log } = world.stored
  expect(statement).toEqual({
    network: "localnet",
    contract_id: "outlayer.near",
    request_id: 7,
    request_hash: "ab".repeat(32),
    commit: COMMIT,
    wasm_hash: RUN.wasmHash,
    output_hash: sha256Hex(Buffer.from(latin1, "latin1")),
    error_code: null,
    instructions: "5",
    block_height: 900,
    block_hash: "6".repeat(44),
    worker_key: KEY,
    receipt_hash: RUN.receiptHash,
  })
  expect([...quote]).toEqual([...resultReportData(nodePrimitives, statement)])
  expect(JSON.parse(event_log)).toEqual([EVENT])
})

test("a run that failed is attested with its code", async () => {
  const world = open()

  await world.attest({ ...answer(), success: false, error: { code: "trap", message: "" } })

  expect(world.stored.statement).toMatchObject({ output_hash: null, error_code: "trap" })
})

test.for(["quote", "chain", "coordinator", "silence"] as const)(
  "a run is settled without an attestation for want of a %s",
  async (broken) => {
    const world = open(broken)

    expect(await world.attest(answer())).toBeUndefined()
  },
)

function open(broken?: "quote" | "chain" | "coordinator" | "silence") {
  const fail = (what: string) => {
    if (broken === what) throw new Error(what)
  }
  let stored: RouteInput<typeof StoreAttestation>["body"]["attestation"] | undefined
  const runs = createAttestedRuns({
    programs: { find: async () => expect.unreachable() },
    coordinator: {
      async call(_: unknown, { body }: RouteInput<typeof StoreAttestation>) {
        fail("coordinator")
        stored = body.attestation
        return { hash: "5".repeat(64) }
      },
    } as never,
    chain: {
      async finalBlock() {
        fail("chain")
        return { height: 900, hash: "6".repeat(44), timestampNs: 1n }
      },
    },
    dstack: {
      async getQuote(reportData) {
        fail("quote")
        if (broken === "silence") await new Promise(() => {})
        return { quote: reportData, eventLog: [EVENT] }
      },
    },
    network: "localnet",
    publicKey: KEY,
    log: createLogger("test", "silent"),
    withinMs: broken === "silence" ? 20 : 5_000,
  })
  return {
    runs,
    attest: (given: ExecutionResponse) => runs.attest(executeTask(), { ...RUN, answer: given }),
    get stored() {
      if (!stored) throw new Error("nothing was stored")
      return stored
    },
  }
}

function answer(): ExecutionResponse {
  const resources_used = { instructions: 5, time_ms: 1 }
  return { success: true, output: null, error: null, resources_used, resolved_commit: COMMIT }
}
