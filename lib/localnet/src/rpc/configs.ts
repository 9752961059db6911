import {
  CHUNK_GAS_LIMIT,
  MAX_GAS_PRICE_RATIO,
  parameters,
  PROTOCOL_VERSION,
} from "../parameters.ts"
import { blockOf, BlockReference } from "./block-reference.ts"
import type { Method, Node } from "./method.ts"

const { actions, limits } = parameters

export const protocolConfig: Method = (node, params) => {
  blockOf(node.chain, BlockReference.parse(params ?? {}))
  return { ...common(node), runtime_config: runtimeConfig(node) }
}

export const genesisConfig: Method = (node) => {
  const { validators } = node.genesis
  const totalSupply = node.chain.history.block(node.chain.history.firstHeight)?.totalSupply
  return { ...common(node), total_supply: String(totalSupply ?? 0n), validators }
}

export const clientConfig: Method = ({ genesis, rpcAddress, blockMs }) => ({
  chain_id: genesis.chain_id,
  rpc_addr: rpcAddress,
  epoch_length: genesis.epoch_length,
  min_block_production_delay: duration(blockMs),
  max_block_production_delay: duration(blockMs),
  archive: false,
})

/** As nearcore writes durations. */
function duration(ms: number) {
  return { secs: Math.floor(ms / 1000), nanos: (ms % 1000) * 1_000_000 }
}

/** What genesis and protocol say alike. */
function common({ genesis }: Node) {
  return {
    protocol_version: PROTOCOL_VERSION,
    genesis_time: genesis.genesis_time,
    chain_id: genesis.chain_id,
    genesis_height: genesis.genesis_height,
    epoch_length: genesis.epoch_length,
    transaction_validity_period: genesis.transaction_validity_period,
    num_block_producer_seats: 1,
    num_block_producer_seats_per_shard: [1],
    avg_hidden_validator_seats_per_shard: [0],
    dynamic_resharding: false,
    protocol_upgrade_stake_threshold: [4, 5],
    gas_limit: Number(CHUNK_GAS_LIMIT),
    min_gas_price: genesis.min_gas_price,
    max_gas_price: String(BigInt(genesis.min_gas_price) * MAX_GAS_PRICE_RATIO),
    gas_price_adjustment_rate: [1, 100],
    block_producer_kickout_threshold: 0,
    chunk_producer_kickout_threshold: 0,
    chunk_validator_only_kickout_threshold: 0,
    online_min_threshold: [9, 10],
    online_max_threshold: [99, 100],
    max_inflation_rate: [0, 1],
    num_blocks_per_year: 31_536_000,
    protocol_reward_rate: [0, 1],
    protocol_treasury_account: "near",
    fishermen_threshold: "10000000000000000000000000",
    minimum_stake_divisor: 10,
    minimum_stake_ratio: [1, 6250],
    minimum_validators_per_shard: 1,
    max_kickout_stake_perc: 100,
    shuffle_shard_assignment_for_chunk_producers: false,
    shard_layout: { V0: { num_shards: 1, version: 0 } },
  }
}

function runtimeConfig({ chain }: Node) {
  const { storage_usage, account_creation, congestion, witness } = parameters
  return {
    storage_amount_per_byte: storage_usage.storage_amount_per_byte,
    min_gas_purchase_price: parameters.min_gas_purchase_price,
    account_creation_charge: parameters.account_creation_charge,
    transaction_costs: {
      action_receipt_creation_config: actions.new_action_receipt,
      data_receipt_creation_config: {
        base_cost: actions.new_data_receipt_base,
        cost_per_byte: actions.new_data_receipt_byte,
      },
      action_creation_config: actionCosts(),
      storage_usage_config: {
        num_bytes_account: storage_usage.num_bytes_account,
        num_extra_bytes_record: storage_usage.num_extra_bytes_record,
      },
      burnt_gas_reward: parameters.burnt_gas_reward,
      pessimistic_gas_price_inflation_ratio: parameters.pessimistic_gas_price_inflation,
    },
    wasm_config: {
      ext_costs: parameters.ext_costs,
      grow_mem_cost: parameters.wasm.grow_mem,
      regular_op_cost: parameters.wasm.regular_op,
      linear_op_base_cost: parameters.wasm.linear_op_base,
      linear_op_unit_cost: parameters.wasm.linear_op_unit,
      vm_kind: parameters.vm_kind,
      ...parameters.flags,
      limit_config: {
        ...limits,
        // A localnet may be told otherwise: who waits for yields reads it here.
        yield_timeout_length_in_blocks: chain.options.yieldTimeoutBlocks,
      },
    },
    account_creation_config: account_creation,
    congestion_control_config: congestion,
    witness_config: witness,
  }
}

function actionCosts() {
  return {
    create_account_cost: actions.create_account,
    deploy_contract_cost: fee(actions.deploy_contract_base),
    deploy_contract_cost_per_byte: fee(actions.deploy_contract_byte),
    function_call_cost: actions.function_call_base,
    function_call_cost_per_byte: actions.function_call_byte,
    transfer_cost: actions.transfer,
    stake_cost: actions.stake,
    add_key_cost: {
      full_access_cost: actions.add_full_access_key,
      function_call_cost: actions.add_function_call_key_base,
      function_call_cost_per_byte: actions.add_function_call_key_byte,
    },
    delete_key_cost: actions.delete_key,
    delete_account_cost: actions.delete_account,
    delegate_cost: actions.delegate,
  }
}

function fee({ send_sir, send_not_sir, execution }: (typeof actions)["transfer"]) {
  return { send_sir, send_not_sir, execution }
}
