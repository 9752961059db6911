/** Caps and prices of a guest's HTTP: a file of their own, for limits.json is part of the contract. */
import limits from "../../http-limits.json" with { type: "json" }

export { limits as HTTP_LIMITS }
