import { block, chunk, gasPrice, health, networkInfo, status, validators } from "./blocks.ts"
import { changes, changesInBlock } from "./changes.ts"
import { clientConfig, genesisConfig, protocolConfig } from "./configs.ts"
import type { Method } from "./method.ts"
import { query } from "./query.ts"
import { fastForward, patchState } from "./sandbox.ts"
import {
  broadcastAsync,
  broadcastCommit,
  lookUpTransaction,
  lookUpWithReceipts,
  receipt,
  sendTransaction,
} from "./transactions.ts"

export const METHODS: ReadonlyMap<string, Method> = new Map(
  Object.entries<Method>({
    block,
    broadcast_tx_async: broadcastAsync,
    broadcast_tx_commit: broadcastCommit,
    chunk,
    client_config: clientConfig,
    gas_price: gasPrice,
    health,
    network_info: networkInfo,
    query,
    send_tx: sendTransaction,
    status,
    tx: lookUpTransaction,
    validators,
    changes,
    block_effects: changesInBlock,
    genesis_config: genesisConfig,
    sandbox_fast_forward: fastForward,
    sandbox_patch_state: patchState,
    EXPERIMENTAL_changes: changes,
    EXPERIMENTAL_changes_in_block: changesInBlock,
    EXPERIMENTAL_genesis_config: genesisConfig,
    EXPERIMENTAL_protocol_config: protocolConfig,
    EXPERIMENTAL_receipt: receipt,
    EXPERIMENTAL_tx_status: lookUpWithReceipts,
  }),
)
