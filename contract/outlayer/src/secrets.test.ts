import { LIMITS } from "@outlayer/protocol/pure"
import { beforeEach, expect, test } from "vitest"
import { FakeHost } from "./fake-host.ts"
import {
  estimateStorageCost,
  getSecrets,
  listProfiles,
  listUserSecrets,
  secretsExist,
} from "./secret-views.ts"
import { deleteSecrets, storeSecrets, updateAccess } from "./secrets.ts"

const OWNER = "alice.near"
const REPO = "github.com/owner/name"
const ID = { repo: REPO, profile: "default" }
const ACCESS = { Whitelist: { accounts: ["app.near"] } }

let host: FakeHost

beforeEach(() => {
  host = new FakeHost()
  host.caller = OWNER
})

test("a secret is found under every spelling of its repository", () => {
  store({ repo: "https://github.com/Owner/Name.git", branch: "Main", profile: "default" })

  expect(getSecrets(host, { ...ID, branch: "Main", owner: OWNER })).toEqual({
    ...ID,
    branch: "Main",
    owner: OWNER,
    encrypted_secrets: envelope(100),
    access: ACCESS,
    created_at: String(host.timeNs),
    updated_at: String(host.timeNs),
    storage_deposit: String(staked()),
  })
  const spelled = { ...ID, repo: "git@github.com:OWNER/name", branch: "Main", owner: OWNER }
  expect(secretsExist(host, spelled)).toBe(true)
  expect(secretsExist(host, { ...spelled, branch: "main" })).toBe(false)
})

test("a branch without a secret of its own has that of every branch", () => {
  store({ ...ID })
  store({ ...ID, branch: "main" }, { envelope: envelope(50) })

  const found = (branch?: string) =>
    (getSecrets(host, { ...ID, branch, owner: OWNER }) as { branch: unknown }).branch
  expect([found("main"), found("dev"), found()]).toEqual(["main", null, null])
  expect(secretsExist(host, { ...ID, branch: "dev", owner: OWNER })).toBe(false)
  remove({ ...ID })
  expect(getSecrets(host, { ...ID, branch: "dev", owner: OWNER })).toBeNull()
  expect(found("main")).toBe("main")
})

test("owner, repository and profile keep secrets apart", () => {
  store({ ...ID })

  expect(getSecrets(host, { ...ID, owner: "bob.near" })).toBeNull()
  expect(getSecrets(host, { ...ID, repo: "owner/other", owner: OWNER })).toBeNull()
  expect(getSecrets(host, { ...ID, profile: "Default", owner: OWNER })).toBeNull()
})

test("the deposit is what the bytes cost, and the rest comes back", () => {
  const cost = BigInt(estimateStorageCost(host, { ...stored(), owner: OWNER }))
  host.attached = cost - 1n
  expect(() => storeSecrets(host, stored())).toThrow(
    `Insufficient storage deposit: required ${cost} yoctoNEAR, got ${cost - 1n} yoctoNEAR`,
  )
  host.records.clear()

  host.attached = cost + 7n
  storeSecrets(host, stored())

  expect(staked()).toBe(cost)
  expect(host.transfers.map(({ to, amount }) => [to, amount])).toEqual([[OWNER, 7n]])
})

test("an update keeps its birth, and pays or gets the difference", () => {
  store({ ...ID })
  const born = String(host.timeNs)
  const [first, later] = [staked(), host.timeNs + 5n]
  host.timeNs = later
  host.transfers = []

  host.attached = 10n ** 24n
  storeSecrets(host, stored({ envelope: envelope(400) }))
  const grown = staked()
  host.attached = 0n
  updateAccess(host, { ...ID, new_access: "AllowAll" })

  expect(getSecrets(host, { ...ID, owner: OWNER })).toMatchObject({
    created_at: born,
    updated_at: String(later),
    access: "AllowAll",
    encrypted_secrets: envelope(400),
    storage_deposit: String(staked()),
  })
  expect(host.transfers.map(({ amount }) => amount)).toEqual([
    10n ** 24n - (grown - first),
    grown - staked(),
  ])
})

test("a deletion returns all that was staked, and what was attached to it", () => {
  store({ ...ID })
  const cost = staked()
  host.transfers = []

  host.attached = 1n
  deleteSecrets(host, { ...ID })

  expect(host.transfers.map(({ amount }) => amount)).toEqual([cost + 1n])
  expect(host.records.size).toBe(0)
})

test("through any changes of several owners each has staked what his secrets take, to the yocto", () => {
  const owners = ["alice.near", "bob.near", "carol-with-a-long-name.near"]
  const paid = new Map(owners.map((owner) => [owner, 0n]))
  for (let round = 0; round < 600; round += 1) {
    host.caller = pick(owners)
    const id = { repo: `o/${"n".repeat(1 + below(3))}`, profile: pick(["a", "bb", "ccc"]) }
    const branch = pick([null, "main", "größe"])
    host.attached = 10n ** 24n
    host.transfers = []
    const isThere = secretsExist(host, { ...id, branch, owner: host.caller })
    const change = below(4)
    if (change < 2) storeSecrets(host, stored({ ...id, branch, envelope: envelope(below(300)) }))
    else if (!isThere) continue
    else if (change === 2) deleteSecrets(host, { ...id, branch })
    else updateAccess(host, { ...id, branch, access: pick([ACCESS, "AllowAll"]) })
    const back = host.transfers.reduce((sum, { amount }) => sum + amount, 0n)
    paid.set(host.caller, (paid.get(host.caller) ?? 0n) + host.attached - back)

    for (const owner of owners) {
      const deposits = list(owner).map((secret) => BigInt(secret.storage_deposit))
      expect(deposits.reduce((sum, deposit) => sum + deposit, 0n)).toBe(paid.get(owner))
    }
    expect([...paid.values()].reduce((sum, amount) => sum + amount, 0n)).toBe(staked())
  }
  expect(staked()).toBeGreaterThan(0n)
})

test("the list of an owner has pages, and holds what is there", () => {
  const profiles = Array.from({ length: 120 }, (_, at) => `p${at}`)
  for (const profile of profiles) store({ ...ID, profile })
  for (const profile of ["p0", "p60", "p119"]) remove({ ...ID, profile })

  const pages = [0, 50, 100].map((from_index) => list(OWNER, { from_index, limit: 50 }))
  expect(pages.map(({ length }) => length)).toEqual([50, 50, 17])
  const left = profiles.filter((profile) => !["p0", "p60", "p119"].includes(profile))
  expect(
    pages
      .flat()
      .map(({ profile }) => profile)
      .toSorted(),
  ).toEqual(left.toSorted())
  expect(list(OWNER, { limit: 1000 })).toHaveLength(LIMITS.pageItems)
  expect(list(OWNER, { from_index: 117 })).toEqual([])
  expect(list("nobody.near")).toEqual([])
})

test("an owner has up to 1,000 secrets", () => {
  for (let at = 0; at < LIMITS.secretsPerAccount; at += 1) store({ ...ID, profile: `p${at}` })

  expect(() => store({ ...ID, profile: "more" })).toThrow("alice.near has 1000 secrets: delete one")
  store({ ...ID, profile: "p999" })
  remove({ ...ID, profile: "p500" })
  store({ ...ID, profile: "more" })
  expect(list(OWNER, { from_index: 999 })).toHaveLength(1)
})

test("profiles are listed for a repository and branch", () => {
  store({ ...ID, profile: "every" })
  store({ ...ID, profile: "both" })
  store({ ...ID, profile: "both", branch: "main" })
  store({ ...ID, profile: "main", branch: "main" })
  store({ ...ID, profile: "other", repo: "o/other" })

  const profiles = (branch: string | null) =>
    listProfiles(host, { repo: "Owner/Name", branch, owner: OWNER })
  expect(profiles("main")).toEqual(["both", "every", "main"])
  expect(profiles(null)).toEqual(["both", "every"])
})

test.each([
  [{ repo: "owner" }, "repo is not a repository's address"],
  [{ repo: null }, "repo is missing"],
  [{ branch: "" }, "branch names no branch"],
  [{ branch: "a\nb" }, "branch names no branch"],
  [{ branch: "b".repeat(201) }, "branch names no branch"],
  [{ profile: "" }, "profile must be 1 to 64 of"],
  [{ profile: "a\nb" }, "profile must be 1 to 64 of"],
  [{ profile: "p".repeat(65) }, "profile must be 1 to 64 of"],
  [{ encrypted_secrets_base64: "%" }, "encrypted_secrets_base64 must be base64"],
  [{ encrypted_secrets_base64: "" }, "encrypted_secrets_base64 is no sealed envelope"],
  [
    { encrypted_secrets_base64: Buffer.alloc(400, 2).toString("base64") },
    "encrypted_secrets_base64 is no sealed envelope: SealingError: envelope: version 2",
  ],
  [
    { encrypted_secrets_base64: Buffer.alloc(16_385, 1).toString("base64") },
    "encrypted_secrets_base64 is longer than 16384 bytes",
  ],
  [{ access: null }, "access is missing"],
  [{ access: { Whitelist: { accounts: [] } } }, "access.Whitelist.accounts must be an array"],
  [
    { access: { Whitelist: { accounts: Array.from({ length: 2000 }, () => "alice.near") } } },
    "access is longer than 16384 bytes",
  ],
  [{ owner: OWNER }, "Unknown field in arguments: owner"],
])("storing %j is refused: %s", (some, message) => {
  expect(() => storeSecrets(host, { ...stored(), ...some })).toThrow(message)
})

test("what is not there is neither deleted nor changed", () => {
  expect(() => deleteSecrets(host, ID)).toThrow("Secrets not found")
  expect(() => updateAccess(host, { ...ID, access: "AllowAll" })).toThrow("Secrets not found")
  store({ ...ID })
  host.caller = "bob.near"
  expect(() => deleteSecrets(host, ID)).toThrow("Secrets not found")
})

interface Some {
  repo?: string
  profile?: string
  branch?: string | null
  envelope?: string
}

function stored({ envelope: text = envelope(100), ...id }: Some = {}) {
  return { ...ID, ...id, encrypted_secrets_base64: text, access: ACCESS }
}

function store(id: Some, some: Some = {}): void {
  host.attached = 10n ** 24n
  storeSecrets(host, stored({ ...id, ...some }))
}

function remove(id: Some): void {
  host.attached = 0n
  deleteSecrets(host, id)
}

function list(owner: string, page: object = {}): { profile: string; storage_deposit: string }[] {
  return listUserSecrets(host, { account_id: owner, ...page }) as never
}

/** Version 1, and as many bytes beside the header. */
function envelope(bytes: number): string {
  return Buffer.concat([Buffer.from([1]), Buffer.alloc(10 + bytes, 7)]).toString("base64")
}

function staked(): bigint {
  return host.storageUsage() * BigInt(LIMITS.storageYoctoPerByte)
}

function pick<T>(items: readonly [T, ...T[]] | readonly T[]): T {
  return items[below(items.length)] as T
}

function below(end: number): number {
  return Math.floor(Math.random() * end)
}
