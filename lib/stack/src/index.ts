/** The whole system, for `npm start` and for stories: started, asked, killed, stopped. */
export { addWorkerKey, createAccount, setUpRegister } from "./accounts.ts"
export { type Answer, ask, type AskOptions, type Question } from "./ask.ts"
export { publish } from "./examples.ts"
export { send } from "./send.ts"
export type { LogLine } from "./service.ts"
export { type Stack, type StackOptions, startStack } from "./stack.ts"
export type { Worker } from "./worker.ts"
