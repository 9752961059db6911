/** The part of a Sputnik DAO (version 2) that says who has which role. */
import { answer, readArguments, requireCaller, storeOf } from "./store.ts"

type Kind = "Everyone" | { Group: string[] } | { Member: string }

interface Role {
  name: string
  kind: Kind
  permissions: string[]
  vote_policy: Record<string, unknown>
}

interface Dao {
  owner: string
  config: unknown
  roles: Role[]
}

const VOTE_POLICY = { weight_kind: "RoleWeight", quorum: "0", threshold: [1, 2] }

interface Change {
  role: string
  member_id: string
}

export interface DaoOptions {
  owner_id: string
  config: unknown
  /** A list of council members, or one with roles, as the real one takes it. */
  policy: string[] | { roles: Role[] }
}

const store = storeOf<Dao>("dao")

export function createDao({ owner_id, config, policy }: DaoOptions): void {
  const roles = Array.isArray(policy) ? councilOf(policy) : policy.roles
  store.save({ owner: owner_id, config, roles })
}

/** What an approved proposal `AddMemberToRole` does; here the owner decides alone. */
export function add_member_to_role(): void {
  changeRole((members, account) => [...members.filter((member) => member !== account), account])
}

/** What an approved proposal `RemoveMemberFromRole` does. */
export function remove_member_from_role(): void {
  changeRole((members, account) => members.filter((member) => member !== account))
}

export function get_policy(): void {
  answer({
    roles: store.load().roles,
    default_vote_policy: VOTE_POLICY,
    proposal_bond: "100000000000000000000000",
    proposal_period: "604800000000000",
    bounty_bond: "100000000000000000000000",
    bounty_forgiveness_period: "604800000000000",
  })
}

export function get_config(): void {
  answer(store.load().config)
}

function changeRole(change: (members: string[], account: string) => string[]): void {
  const { role: name, member_id } = readArguments<Change>()
  const dao = store.load()
  requireCaller(dao.owner)
  const role = dao.roles.find((candidate) => candidate.name === name)
  if (!role || typeof role.kind === "string" || !("Group" in role.kind)) {
    throw new Error(`${name} is not a group`)
  }
  role.kind.Group = change(role.kind.Group, member_id)
  store.save(dao)
}

function councilOf(members: string[]): Role[] {
  const permissions = ["*:Finalize", "*:AddProposal", "*:VoteApprove", "*:VoteReject"]
  return [
    { name: "all", kind: "Everyone", permissions: ["*:AddProposal"], vote_policy: {} },
    { name: "council", kind: { Group: members }, permissions, vote_policy: {} },
  ]
}
