import { beforeEach, expect, test } from "vitest"
import { FakeContract } from "./fake-contract.ts"
import { getRequest, listPending } from "./views.ts"

let contract: FakeContract

beforeEach(() => {
  contract = new FakeContract()
})

test("a settled request is unknown to the views", () => {
  const ids = [contract.request(), contract.request(), contract.request()]
  contract.callBack(ids[1] ?? 0)

  expect(getRequest(contract.host, { request_id: ids[1] })).toBeNull()
  const listed = (args: object) =>
    listPending(contract.state, contract.host, args).map((listedRequest) =>
      Reflect.get(Object(listedRequest), "request_id"),
    )
  expect(listed({})).toEqual([0, 2])
  expect(listed({ limit: 1 })).toEqual([0])
  expect(listed({ from_index: 1 })).toEqual([2])
  expect(listed({ from_index: 2 })).toEqual([])
})
