import { spawn } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import { createCollateral, startPccs } from "@outlayer/attestation/simulator"
import { expect, test } from "vitest"
import { type Registered, registerTest } from "./register-chain.ts"

const SCRIPT = fileURLToPath(new URL("../../scripts/collateral.ts", import.meta.url))

const onChain = registerTest("--instant")

onChain(
  "the script brings newer collateral to the chain, once, and an outage is survived",
  async ({ registered, onTestFinished }) => {
    const { machine } = registered
    const { fmspc } = machine.platform
    const folder = await mkdtemp(join(tmpdir(), "outlayer-collateral-"))
    onTestFinished(() => rm(folder, { recursive: true }))
    const before = await factsOf(registered)
    const issuedAt = before.issuedAt.tcbInfo + 1
    const pccs = await startPccs({ fmspc, collateral: () => createCollateral(machine, issuedAt) })

    const first = await runScript(registered, folder, pccs.url)
    const second = await runScript(registered, folder, pccs.url)
    await pccs[Symbol.asyncDispose]()
    const third = await runScript(registered, folder, pccs.url)

    expect(first).toContain(`${fmspc}: forwarded, evaluation number 20`)
    expect(first).toContain("SIMULATED")
    expect(second).toContain(`${fmspc}: known`)
    expect(third).toContain(`${fmspc}: unreachable`)
    expect(third).toContain(`${fmspc}: known`)
    expect(await factsOf(registered)).toMatchObject({ issuedAt: { tcbInfo: issuedAt } })
  },
)

test("the script waits no longer than a timer can", async () => {
  const child = spawn(process.execPath, [SCRIPT, "00806f050000", "--every", "1000"], {
    stdio: ["ignore", "inherit", "pipe"],
    env: {},
  })

  expect(await text(child.stderr)).toContain("--every is a number of hours")
})

async function factsOf({ register, machine }: Registered) {
  const args = { fmspc: machine.platform.fmspc }
  return await register.view<{ issuedAt: { tcbInfo: number } }>("get_collateral", args)
}

async function runScript(
  { worker, alice, register, machine }: Registered,
  folder: string,
  pccsUrl: string,
): Promise<string> {
  const key = await alice.getKey()
  // Which near-workspaces's types hide.
  const provider = worker.provider as unknown as { connection: { url: string } }
  const child = spawn(process.execPath, [SCRIPT, machine.platform.fmspc], {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      NEAR_RPC_URL: provider.connection.url,
      REGISTER_CONTRACT_ID: register.accountId,
      NEAR_ACCOUNT_ID: alice.accountId,
      NEAR_PRIVATE_KEY: String(key),
      PCCS_URL: pccsUrl,
      COLLATERAL_DIR: folder,
      TEE_TEST_ROOT: Buffer.from(machine.root.certificate).toString("base64"),
    },
  })
  return await text(child.stdout)
}
