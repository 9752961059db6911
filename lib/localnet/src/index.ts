export { type Localnet, type LocalnetOptions, startLocalnet } from "./start-localnet.ts"
