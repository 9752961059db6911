/** An execute task as the coordinator leases it, for tests. */
import { ExecuteTask } from "@outlayer/protocol"

type Wire = Parameters<typeof ExecuteTask.decode>[0]
type Some = Partial<Omit<Wire, "request">> & { request?: Partial<Wire["request"]> }

export function executeTask({ request, ...some }: Some = {}): ExecuteTask {
  return ExecuteTask.decode({
    kind: "execute",
    key: {
      task_id: "0199d6c2-6a52-7000-8000-000000000001",
      lease_token: "0199d6c2-6a52-7000-8000-000000000002",
      attempt: 1,
    },
    lease_expires_at: new Date(Date.now() + 60_000).toISOString(),
    lease_seconds: 60,
    contract_id: "outlayer.near" as never,
    context: null,
    resolved_commit: null,
    wasm: null,
    verdict: null,
    compile_time_ms: null,
    compilation_note: null,
    deadline_height: 1_000,
    deadline_code: "deadline_exceeded",
    settlement: null,
    ...some,
    request: {
      request_id: 7,
      data_id: Array.from({ length: 32 }, () => 1),
      request_hash: "ab".repeat(32) as never,
      sender_id: "alice.near" as never,
      payer_account_id: "alice.near" as never,
      code_source: { repo: "o/r", commit: "main", build_target: "wasm32-wasip1" },
      resource_limits: {
        max_instructions: 1_000_000_000,
        max_memory_mb: 128,
        max_execution_seconds: 60,
        max_compile_seconds: 60,
      },
      input_data: "{}",
      secrets_ref: null,
      encrypted_secrets: null,
      http_hosts: null,
      response_format: "Text",
      with_status: false,
      payment: "100000000000000000000000",
      timestamp: "1700000000000000000",
      block_height: 800,
      ...request,
    },
  })
}
