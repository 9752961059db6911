import type { Chain } from "./chain.ts"
import type { CallOptions, Signer } from "./signer.ts"

/** Resolves with what the call returned, once it is final; throws what the contract said. */
export async function callContract(
  chain: Chain,
  signer: Signer,
  call: CallOptions,
): Promise<unknown> {
  const { signedTxBase64 } = await signer.sign(call)
  const result = await chain.send(signedTxBase64, "FINAL")
  const name = `${call.contractId}.${call.method}`
  if (!result) throw new Error(`${name}: no answer in time`)
  if (result.failure !== undefined) throw new Error(`${name}: ${JSON.stringify(result.failure)}`)
  const text = Buffer.from(result.value ?? "", "base64").toString()
  return text === "" ? undefined : JSON.parse(text)
}
