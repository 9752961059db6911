import { base58Of, decodePublicKey } from "@outlayer/protocol/pure"
import { importSigningSeed } from "@outlayer/protocol/sealing/node"
import { expect, test } from "vitest"
import { createCaller } from "./call-contract.ts"
import { type Endpoint, EndpointError } from "./endpoint.ts"

const SEED = new Uint8Array(32).fill(1)
const PUBLIC = decodePublicKey(importSigningSeed(SEED).publicKey) ?? new Uint8Array()

test("a call has returned what a quorum says, whatever one endpoint makes of it", async () => {
  const chain = fakeChain()
  const liars: Endpoint["ask"][] = [
    async () => ({ status: { SuccessValue: text("forged") } }),
    async (method) => {
      if (method === "query") return { nonce: 10 ** 15 }
      throw new EndpointError("liar", "INVALID_TRANSACTION")
    },
    async () => {
      throw new Error("down")
    },
  ]
  for (const ask of liars) {
    const call = chain.caller([{ name: "liar", ask }, chain.honest, chain.honest])
    expect(await call("register.near", "begin_registration", {})).toBe("genuine")
  }
})

test("what was sent and is not taken again is asked after", async () => {
  const chain = fakeChain()
  const call = chain.caller([chain.honest, chain.honest, chain.honest])

  expect(await call("register.near", "begin_registration", {})).toBe("genuine")
  expect(await call("register.near", "register_keystore", {})).toBe("genuine")
  // Each of three endpoints has it, the chain once.
  expect(chain.done).toHaveLength(2)
})

/** Takes every transaction once, as a chain does, and says of one that it knows what it has become. */
function fakeChain() {
  const done: string[] = []
  let nonce = 7
  const outcome = { status: { SuccessValue: text("genuine") } }
  const honest: Endpoint = {
    name: "honest",
    async ask(method, params) {
      if (method === "query") return { nonce }
      if (method === "tx") return outcome
      const { signed_tx_base64 } = params as { signed_tx_base64: string }
      if (done.includes(signed_tx_base64)) throw new EndpointError("honest", "INVALID_TRANSACTION")
      done.push(signed_tx_base64)
      nonce += 1
      return outcome
    },
  }
  return {
    done,
    honest,
    caller: (endpoints: Endpoint[]) =>
      createCaller({
        endpoints,
        quorum: 2,
        chain: {
          snapshot: async () =>
            ({ block: { height: 1, hash: base58Of(PUBLIC), timestampNs: 1n } }) as never,
        },
        accountId: "keystore.near",
        secretKey: `ed25519:${base58Of(Buffer.concat([SEED, PUBLIC]))}`,
      }),
  }
}

function text(value: string): string {
  return Buffer.from(JSON.stringify(value)).toString("base64")
}
