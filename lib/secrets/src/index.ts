export { chooseWitnesses } from "./choose-witnesses.ts"
export { openVault, type SecretPlace, type Vault, type VaultOptions } from "./vault.ts"
