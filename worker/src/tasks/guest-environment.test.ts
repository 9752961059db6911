import { RESERVED_ENV_NAMES } from "@outlayer/protocol/pure"
import { expect, test } from "vitest"
import { guestEnvironment } from "./guest-environment.ts"
import { executeTask } from "./task.fixture.ts"

test("every reserved name is set, whether or not the block of the request is known", () => {
  const context = {
    block_height: 801,
    block_timestamp: "5",
    transaction_hash: "1".repeat(32),
    receipt_id: "2".repeat(32),
    signer_id: "bob.near" as never,
    signer_public_key: null,
    gas_burnt: 7,
  }

  const known = guestEnvironment(executeTask({ context }))
  const unknown = guestEnvironment(executeTask())

  expect(Object.keys(known).toSorted()).toEqual([...RESERVED_ENV_NAMES].toSorted())
  expect(Object.keys(unknown).toSorted()).toEqual([...RESERVED_ENV_NAMES].toSorted())
  expect(known.NEAR_TRANSACTION_HASH).toBe("1".repeat(32))
  expect(unknown.NEAR_TRANSACTION_HASH).toBe("")
})

test("who asked is the chain's word, not the signer's", () => {
  expect(guestEnvironment(executeTask())).toMatchObject({
    NEAR_SENDER_ID: "alice.near",
    NEAR_PREDECESSOR_ID: "alice.near",
    NEAR_USER_ACCOUNT_ID: "alice.near",
    NEAR_BLOCK_HEIGHT: "800",
    NEAR_PAYMENT_YOCTO: "100000000000000000000000",
  })
})
