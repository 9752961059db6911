/**
 * What contracts and browsers bundle too: no imports but limits.json, ES2020, and primitives such
 * as SHA-256 are arguments.
 */
export * from "./build-target.ts"
export * from "./canonical-bytes.ts"
export * from "./commit-kind.ts"
export * from "./constants.ts"
export * from "./failure-codes.ts"
export * from "./hkdf.ts"
export * from "./http-hosts.ts"
export * from "./money.ts"
export * from "./registration.ts"
export * from "./repository-key.ts"
export * from "./request-hash.ts"
export * from "./reserved-env.ts"
export * from "./resource-limits.ts"
export * from "./sealed-box.ts"
export * from "./secret-envelope.ts"
export * from "./secret-scope.ts"
export * from "./secret-values.ts"
