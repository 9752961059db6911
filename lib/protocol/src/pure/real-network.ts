/** Where money is real: there no machine is simulated, and no root but Intel's is trusted. By the chain's id. */
export function isRealNetwork(network: string): boolean {
  return network === "mainnet" || network === "testnet"
}
