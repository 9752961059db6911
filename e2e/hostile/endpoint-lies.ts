/** What an endpoint could say in place of what the chain has. */
import { type Lie, lieAboutView } from "@outlayer/testing/endpoints"

/** Of everything that a secret depends on. */
export function opposite(app: string): Lie {
  const lies = [
    lieAboutView("get_keystore", (found) => ({ ...Object(found), is_live: false })),
    lieAboutView("get_worker", (found) => ({ ...Object(found), is_live: !isLive(found) })),
    lieAboutView("get_approved_measurements", () => []),
    lieAboutView("get_secrets", (found) => ({ ...Object(found), access: "AllowAll" })),
    lieAboutView("get_request", (found) => ({ ...Object(found), sender_id: "mallory.test.near" })),
    lieAboutView("ft_balance_of", (found) => (found === "5" ? "6" : "5")),
    lieAboutView("nft_tokens_for_owner", (found) =>
      Object(found).length ? [] : [{ owner_id: app }],
    ),
    lieAboutView("nft_token", () => ({ owner_id: app })),
    lieAboutView("get_policy", () => ({ roles: [{ name: "guild", kind: "Everyone" }] })),
    lieAboutHeight,
    lieAboutBalance,
  ]
  return (asked, reply) => lies.map((each) => each(asked, reply)).find((said) => said !== undefined)
}

const lieAboutBalance: Lie = ({ method, params }, reply) =>
  method === "query" && params["request_type"] === "view_account"
    ? { ...reply, result: { ...Object(reply.result), amount: "1" } }
    : undefined

const lieAboutHeight: Lie = ({ method, params }, reply) => {
  if (method !== "block" || params["finality"] !== "final") return undefined
  const { header } = reply.result as { header: { height: number } }
  const ahead = { ...header, height: header.height + 1_000 }
  return { ...reply, result: { ...Object(reply.result), header: ahead } }
}

export const hangUp: Lie = () => {
  throw new Error("silent")
}

/** There is nothing, wherever one asks. */
export const emptied: Lie = ({ method }, reply) =>
  method === "query" ? { ...reply, result: { ...Object(reply.result), result: [] } } : undefined

function isLive(found: unknown): boolean {
  return Reflect.get(Object(found), "is_live") === true
}
