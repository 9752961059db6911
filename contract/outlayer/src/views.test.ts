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
  expect(list({})).toEqual([[0, 2], null])
})

test("a page of requests begins at an id, and says where the next one does", () => {
  for (let count = 0; count < 5; count += 1) contract.request()
  contract.callBack(1)
  contract.callBack(4)

  expect(list({ limit: 2 })).toEqual([[0, 2], 3])
  expect(list({ from_index: 1, limit: 1 })).toEqual([[2], 3])
  expect(list({ from_index: 3, limit: 1 })).toEqual([[3], 4])
  expect(list({ from_index: 4 })).toEqual([[], null])
  expect(list({ from_index: 1000 })).toEqual([[], null])
  // What was settled since does not shift the rest.
  contract.callBack(0)
  expect(list({ from_index: 3, limit: 2 })).toEqual([[3], null])
})

test("a request that nobody settles makes no page dearer than 1,000 ids", () => {
  contract.request()
  contract.state.nextRequestId = 2_500
  contract.request()

  let looks = 0
  const { read } = contract.host
  contract.host.read = (key) => {
    looks += 1
    return read(key)
  }

  expect(list({})).toEqual([[0], 1_000])
  expect(looks).toBe(1_000)
  expect(list({ from_index: 1_000 })).toEqual([[], 2_000])
  expect(list({ from_index: 2_000 })).toEqual([[2_500], null])
})

function list(args: object): [ids: unknown[], next: number | null] {
  const { requests, next_index } = listPending(contract.state, contract.host, args)
  return [requests.map((request) => Reflect.get(Object(request), "request_id")), next_index]
}
