/** What a page would import; bundled and run without Node by browser-bundle.ts. */
import { sealSecrets, type SecretContext, type SecretValues } from "../../pure/index.ts"
import { tweetnaclPrimitives } from "../tweetnacl.ts"

Object.assign(globalThis, {
  outlayer: {
    sealSecrets: (
      to: { publicKey: Uint8Array; epoch: number; context: SecretContext },
      values: SecretValues,
    ) => sealSecrets(tweetnaclPrimitives, to, values),
  },
})
