/**
 * What judges machines, as the register contract has it at one block. One endpoint is believed: who
 * verifies for himself asks his own.
 */
import type { Chain } from "@outlayer/near"
import { z } from "zod"
import { readWorkerMeasurements } from "../approved-measurements.ts"
import { nodePrimitives } from "../primitives.ts"
import {
  type CollateralFacts,
  openQuote,
  type Policy,
  STRICT_KEY_PROVIDERS,
  STRICT_PLATFORM,
} from "../pure/index.ts"
import type { Known } from "../result/verify-result.ts"

const Status = z.object({ minimum_evaluation_number: z.number() })
export interface Judging {
  /** Unix seconds, of the block. */
  now: number
  height: number
  policy: Omit<Policy, "measurements">
  known: Pick<Known, "network" | "collateral" | "measurements">
}

/** At the last final block, unless at an older one: an endpoint with an archive has those. */
export async function readJudging(
  chain: Chain,
  registerId: string,
  quote: Uint8Array,
  height?: number,
): Promise<Judging> {
  const at = await (height === undefined ? chain.finalBlock() : chain.block(height))
  const view = (method: string, args = {}) => chain.view(registerId, method, args, at.height)
  const opened = openQuote(quote, nodePrimitives)
  const [network, status, approved, collateral] = await Promise.all([
    chain.chainId(),
    view("get_collateral_status").then((found) => Status.parse(found)),
    view("get_approved_measurements").then(readWorkerMeasurements),
    opened.ok ? view("get_collateral", { fmspc: opened.value.fmspc }) : null,
  ])
  return {
    now: Number(at.timestampNs / 1_000_000_000n),
    height: at.height,
    policy: {
      ...STRICT_PLATFORM,
      minimumEvaluationNumber: status.minimum_evaluation_number,
      keyProviders: STRICT_KEY_PROVIDERS,
    },
    known: {
      network,
      // Written by the contract, which verified it.
      collateral: (collateral ?? undefined) as CollateralFacts | undefined,
      measurements: approved,
    },
  }
}
