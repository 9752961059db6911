/** The contract's methods: a thin shell that says who may call, and which module does it. */
import { call, near, NearBindgen, view } from "near-sdk-js"
import * as admin from "./admin.ts"
import { isAbsent, readAccountId, readFields } from "./arguments.ts"
import * as keystoreKeys from "./keystore-keys.ts"
import { host } from "./near-host.ts"
import { claimRefund, onPayout } from "./payout.ts"
import { requestExecution } from "./request-execution.ts"
import * as secretViews from "./secret-views.ts"
import * as secrets from "./secrets.ts"
import * as settlement from "./settlement.ts"
import { decodeState, encodeState, migrateState, newState } from "./state.ts"
import * as views from "./views.ts"
import * as workerKeys from "./worker-keys.ts"

/** Where near-sdk-js keeps what the class holds. */
const STATE_KEY = "STATE"
const NOT_READ = newState("", "")
/** As this call found it. */
let stored = ""

@NearBindgen({
  requireInit: true,
  serializer: (contract) => host.utf8(encodeState((contract as OutlayerContract).state)),
  deserializer: (bytes) => {
    stored = host.fromUtf8(bytes)
    return { state: decodeState(stored) }
  },
})
// oxlint-disable-next-line no-unused-vars -- exported, it would be a method itself
class OutlayerContract {
  state = NOT_READ

  @call({ payableFunction: true })
  request_execution(args: unknown): void {
    requestExecution(this.state, host, args)
  }

  @call({})
  resolve_execution(args: unknown): void {
    settlement.resolveExecution(this.state, host, args)
  }

  @call({})
  submit_execution_output(args: unknown): void {
    settlement.submitOutput(this.state, host, args)
  }

  @call({})
  submit_execution_output_and_resolve(args: unknown): void {
    settlement.submitOutputAndResolve(this.state, host, args)
  }

  @call({ privateFunction: true })
  on_execution_response(args: unknown): void {
    settlement.onExecutionResponse(this.state, host, args)
  }

  @call({})
  cancel_stale_execution(args: unknown): void {
    settlement.cancelStale(this.state, host, args)
  }

  @call({})
  claim_refund(args: unknown): string {
    return claimRefund(this.state, host, args)
  }

  @call({ privateFunction: true })
  on_payout(args: unknown): void {
    onPayout(this.state, host, args)
  }

  @call({ payableFunction: true })
  store_secrets(args: unknown): void {
    secrets.storeSecrets(host, args)
  }

  @call({ payableFunction: true })
  update_access(args: unknown): void {
    secrets.updateAccess(host, args)
  }

  @call({ payableFunction: true })
  delete_secrets(args: unknown): void {
    secrets.deleteSecrets(host, args)
  }

  @view({})
  get_secrets(args: unknown): unknown {
    return secretViews.getSecrets(host, args)
  }

  @view({})
  secrets_exist(args: unknown): boolean {
    return secretViews.secretsExist(host, args)
  }

  @view({})
  list_user_secrets(args: unknown): unknown {
    return secretViews.listUserSecrets(host, args)
  }

  @view({})
  list_profiles(args: unknown): string[] {
    return secretViews.listProfiles(host, args)
  }

  @view({})
  estimate_storage_cost(args: unknown): string {
    return secretViews.estimateStorageCost(host, args)
  }

  @call({})
  set_worker_key(args: unknown): void {
    workerKeys.setWorkerKey(this.state, host, args)
  }

  @call({})
  remove_worker_key(args: unknown): void {
    workerKeys.removeWorkerKey(this.state, host, args)
  }

  @call({})
  withdraw_measurement(args: unknown): void {
    workerKeys.withdrawMeasurement(this.state, host, args)
  }

  @view({})
  get_worker_key(args: unknown): unknown {
    return workerKeys.getWorkerKey(host, args)
  }

  @call({})
  set_keystore_pubkey(args: unknown): void {
    keystoreKeys.setKeystorePubkey(this.state, host, args)
  }

  @view({})
  get_keystore_pubkey(): string | null {
    return keystoreKeys.getKeystorePubkey(host)
  }

  @view({})
  get_keystore_keys(): unknown {
    return keystoreKeys.getKeystoreKeys(this.state, host)
  }

  @call({})
  set_owner(args: unknown): void {
    admin.requireOwner(this.state, host)
    admin.setOwner(this.state, args)
  }

  @call({})
  set_operator(args: unknown): void {
    admin.requireOwner(this.state, host)
    admin.setOperator(this.state, args)
  }

  @call({})
  add_operator(args: unknown): void {
    admin.requireOwner(this.state, host)
    admin.addOperator(this.state, args)
  }

  @call({})
  remove_operator(args: unknown): void {
    admin.requireOwner(this.state, host)
    admin.removeOperator(this.state, args)
  }

  @call({})
  set_keystore_account(args: unknown): void {
    admin.requireOwner(this.state, host)
    admin.setKeystoreAccount(this.state, host, args)
  }

  @call({})
  set_register_contract(args: unknown): void {
    admin.requireOwner(this.state, host)
    admin.setRegisterContract(this.state, args)
  }

  @call({})
  set_paused(args: unknown): void {
    admin.requireOwner(this.state, host)
    admin.setPaused(this.state, args)
  }

  @call({})
  set_pricing(args: unknown): void {
    admin.requireOwner(this.state, host)
    admin.setPricing(this.state, args)
  }

  @call({})
  emergency_cancel_execution(args: unknown): void {
    admin.requireOwner(this.state, host)
    settlement.emergencyCancel(this.state, host, args)
  }

  @call({})
  withdraw_fees(args: unknown): string {
    admin.requireOwner(this.state, host)
    return admin.withdrawFees(this.state, host, args)
  }

  @view({})
  get_request(args: unknown): unknown {
    return views.getRequest(host, args)
  }

  @view({})
  list_pending(args: unknown): unknown {
    return views.listPending(this.state, host, args)
  }

  @view({})
  get_stats(): unknown {
    return views.getStats(this.state, host)
  }

  @view({})
  get_pricing(): unknown {
    return views.getPricing(this.state)
  }

  @view({})
  get_config(): unknown {
    return views.getConfig(this.state)
  }

  @view({})
  is_paused(): boolean {
    return this.state.paused
  }

  @view({})
  get_max_limits(): unknown {
    return views.getMaxLimits()
  }

  @view({})
  estimate_execution_cost(args: unknown): string {
    return views.estimateExecutionCost(this.state, args)
  }

  @view({})
  contract_source_metadata(): unknown {
    return views.getSourceMetadata()
  }
}

/** near-sdk-js would write the state after every call: a call that changes nothing writes nothing. */
Object.assign(OutlayerContract, {
  _saveToStorage: ({ state }: OutlayerContract) => {
    const text = encodeState(state)
    if (text !== stored) host.write(STATE_KEY, text)
  },
})

/** `new` is a word of the language, so no method of the class can be exported under it. */
function create(): void {
  if (host.has(STATE_KEY)) throw new Error("Contract already initialized")
  const fields = readFields(JSON.parse(near.input()), "arguments", ["owner_id", "operator_id"])
  const owner = readAccountId(fields["owner_id"], "owner_id")
  const given = fields["operator_id"]
  const operator = isAbsent(given) ? owner : readAccountId(given, "operator_id")
  host.write(STATE_KEY, encodeState(newState(owner, operator)))
}

/** Nor could the class load a state of another version. */
function migrate(): void {
  const state = migrateState(host.read(STATE_KEY))
  admin.requireOwner(state, host)
  host.write(STATE_KEY, encodeState(state))
}

export { create as new, migrate }
