/** Every contract of the project: where its source begins, and the committed wasm. From the project's root. */
export const contracts = [
  { entry: "contract/outlayer/src/contract.ts", output: "contract/res/outlayer_contract.wasm" },
  { entry: "contract/register/src/contract.ts", output: "contract/res/register_contract.wasm" },
  { entry: "contract/caller/src/contract.ts", output: "contract/res/caller_contract.wasm" },
  { entry: "contract/test/assets/contract.ts", output: "contract/res/test_assets_contract.wasm" },
] as const
