/** The contract's methods: a thin shell that says who may call, and which module does it. */
import { call, near, NearBindgen, view } from "near-sdk-js"
import * as admin from "./admin.ts"
import * as claims from "./claims.ts"
import * as collateral from "./collateral.ts"
import * as measurements from "./measurements.ts"
import { host } from "./near-host.ts"
import { beginRegistration } from "./nonces.ts"
import { claimPayout, onPayout } from "./payout.ts"
import { getKeystore, registerKeystore } from "./register-keystore.ts"
import * as workers from "./register-worker.ts"
import { tidyKeys } from "./retire.ts"
import * as slashing from "./slash.ts"
import * as stakes from "./stake.ts"
import { decodeState, encodeState, migrateState, newState, type State } from "./state.ts"
import * as views from "./views.ts"

/** Where near-sdk-js keeps what the class holds. */
const STATE_KEY = "STATE"

@NearBindgen({
  requireInit: true,
  serializer: (contract) => host.utf8(encodeState((contract as RegisterContract).state)),
  deserializer: (bytes) => ({ state: decodeState(host.fromUtf8(bytes)) }),
})
// oxlint-disable-next-line no-unused-vars -- exported, it would be a method itself
class RegisterContract {
  state: State = newState("")

  @call({})
  begin_registration(args: unknown): unknown {
    return beginRegistration(this.state, host, args)
  }

  @call({})
  register_worker_key(args: unknown): void {
    workers.registerWorkerKey(this.state, host, args)
  }

  @call({ privateFunction: true })
  on_worker_entered(args: unknown): unknown {
    return workers.onWorkerEntered(this.state, host, args)
  }

  @call({ privateFunction: true })
  on_worker_settled(args: unknown): void {
    workers.onWorkerSettled(this.state, host, args)
  }

  @call({})
  register_keystore(args: unknown): unknown {
    return registerKeystore(this.state, host, args)
  }

  @call({})
  add_approved_measurements(args: unknown): string {
    admin.requireOwner(this.state, host)
    return measurements.addMeasurement(this.state, host, args)
  }

  @call({})
  remove_approved_measurements(args: unknown): void {
    admin.requireOwner(this.state, host)
    measurements.removeMeasurement(this.state, host, args)
  }

  @call({ privateFunction: true })
  on_withdrawn(args: unknown): void {
    measurements.onWithdrawn(host, args)
  }

  @call({})
  mark_withdrawal(args: unknown): void {
    measurements.markWithdrawal(this.state, host, args)
  }

  @call({ privateFunction: true })
  on_withdrawal_marked(args: unknown): void {
    measurements.onWithdrawalMarked(host, args)
  }

  @call({ payableFunction: true })
  update_collateral(args: unknown): unknown {
    return collateral.updateCollateral(this.state, host, args)
  }

  @call({ payableFunction: true })
  stake(): unknown {
    return stakes.stake(this.state, host)
  }

  @call({})
  unstake(args: unknown): unknown {
    return stakes.unstake(this.state, host, args)
  }

  @call({})
  withdraw_stake(): string {
    return stakes.withdrawStake(this.state, host)
  }

  @call({ privateFunction: true })
  on_payout(args: unknown): void {
    onPayout(this.state, host, args)
  }

  @call({})
  claim_payout(args: unknown): string {
    return claimPayout(this.state, host, args)
  }

  @call({})
  slash(args: unknown): unknown {
    return slashing.slash(this.state, host, args)
  }

  @call({})
  contest_claim(args: unknown): void {
    claims.contestClaim(host, args)
  }

  @call({})
  execute_claim(args: unknown): void {
    claims.executeClaim(this.state, host, args)
  }

  @call({})
  decide_claim(args: unknown): void {
    claims.decideClaim(this.state, host, args)
  }

  @call({})
  drop_claim(args: unknown): void {
    claims.dropClaim(this.state, host, args)
  }

  @call({})
  deactivate_worker(args: unknown): void {
    admin.deactivateWorker(this.state, host, args)
  }

  @call({})
  activate_worker(args: unknown): void {
    admin.requireOwner(this.state, host)
    admin.activateWorker(host, args)
  }

  @call({})
  tidy_keys(args: unknown): unknown {
    return tidyKeys(this.state, host, args)
  }

  @call({})
  set_owner(args: unknown): void {
    admin.requireOwner(this.state, host)
    admin.setOwner(this.state, args)
  }

  @call({})
  set_init_account(args: unknown): void {
    admin.requireOwner(this.state, host)
    admin.setInitAccount(this.state, args)
  }

  @call({})
  set_outlayer_contract(args: unknown): void {
    admin.requireOwner(this.state, host)
    admin.setOutlayerContract(this.state, args)
  }

  @call({})
  set_keystore_account(args: unknown): void {
    admin.requireOwner(this.state, host)
    admin.setKeystoreAccount(this.state, args)
  }

  @call({})
  set_arbiter(args: unknown): void {
    admin.requireOwner(this.state, host)
    admin.setArbiter(this.state, args)
  }

  @call({})
  set_minimum_stake(args: unknown): void {
    admin.requireOwner(this.state, host)
    admin.setMinimumStake(this.state, args)
  }

  @call({})
  set_minimum_evaluation_number(args: unknown): void {
    admin.requireOwner(this.state, host)
    collateral.setMinimumEvaluationNumber(this.state, args)
  }

  @view({})
  get_worker(args: unknown): unknown {
    return views.getWorker(this.state, host, args)
  }

  @view({})
  list_workers(args: unknown): unknown {
    return views.listWorkers(this.state, host, args)
  }

  @view({})
  get_keystore(): unknown {
    return getKeystore(this.state, host)
  }

  @view({})
  get_approved_measurements(args: unknown): unknown {
    return measurements.listMeasurements(this.state, host, args)
  }

  @view({})
  get_collateral_status(): unknown {
    return collateral.getCollateralStatus(this.state, host)
  }

  @view({})
  get_collateral(args: unknown): unknown {
    return collateral.getCollateral(host, args)
  }

  @view({})
  get_claim(args: unknown): unknown {
    return claims.getClaim(host, args)
  }

  @view({})
  get_config(): unknown {
    return views.getConfig(this.state)
  }

  @view({})
  contract_source_metadata(): unknown {
    return views.getSourceMetadata()
  }
}

/** `new` is a word of the language, so no method of the class can be exported under it. */
function create(): void {
  if (host.has(STATE_KEY)) throw new Error("Contract already initialized")
  host.write(STATE_KEY, encodeState(admin.create(host, JSON.parse(near.input()))))
}

/** Nor could the class load a state of another version. */
function migrate(): void {
  const state = migrateState(host.read(STATE_KEY))
  admin.requireOwner(state, host)
  host.write(STATE_KEY, encodeState(state))
}

export { create as new, migrate }
