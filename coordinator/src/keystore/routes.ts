/**
 * The way to the keystore: workers' messages and users' questions go through as they are. What
 * passes here is sealed or signed end to end; this side checks sizes and forms, and holds no key.
 */
import {
  AskChallenge,
  AskSecrets,
  callRoute,
  type ErrorCode,
  GetScopeKey,
  GetSecretsPublicKey,
  GetSecretsPublicKeyAlias,
  OpenSession,
  OutlayerError,
  ReadRecords,
  ReadSecretsRecords,
  ResealSecrets,
  ResealStoredSecrets,
  type Route,
  type RouteInput,
  type RouteReply,
} from "@outlayer/protocol"
import { addRoute, type App, type Secret } from "@outlayer/service"

const UPSTREAM_MS = 30_000
/** A proxy's answer in a form of its own, a failure in there; our token is not its caller's matter. */
const OURS: readonly ErrorCode[] = ["internal", "unauthorized"]
/** A quote and its event log. */
const SESSION_BODY_BYTES = 256 * 1024
const SMALL = { bodyLimit: 32 * 1024 }

export interface KeystoreAddress {
  baseUrl: string
  token: Secret
}

type Forward = <R extends Route>(route: R, input: RouteInput<R>) => Promise<RouteReply<R>>

/** Without an address every question is answered with `keystore_unavailable`. */
export function createForward(keystore: KeystoreAddress | undefined): Forward {
  return async (route, input) => {
    if (!keystore) throw new OutlayerError("keystore_unavailable", "There is no keystore here")
    const { baseUrl, token } = keystore
    const signal = AbortSignal.timeout(UPSTREAM_MS)
    try {
      return await callRoute(route, input, { baseUrl, token: token.reveal(), signal })
    } catch (cause) {
      // Its own refusals are for the worker; what is between us and it, is not, nor is its address.
      const isOurs = !(cause instanceof OutlayerError) || OURS.includes(cause.code)
      if (!isOurs) throw cause
      throw new OutlayerError("keystore_unavailable", "The keystore does not answer", { cause })
    }
  }
}

/** For whoever has a worker's token. */
export function keystoreRoutes(app: App, forward: Forward): void {
  const at = <R extends Route>(route: R) => ({ ...route, path: `/keystore${route.path}` })
  const session = { bodyLimit: SESSION_BODY_BYTES }
  addRoute(app, at(AskChallenge), ({ body }) => forward(AskChallenge, { body }), SMALL)
  addRoute(app, at(OpenSession), ({ body }) => forward(OpenSession, { body }), session)
  addRoute(app, at(AskSecrets), ({ body }) => forward(AskSecrets, { body }), SMALL)
}

/** For everybody. */
export function secretsRoutes(app: App, forward: Forward): void {
  for (const route of [GetSecretsPublicKey, GetSecretsPublicKeyAlias]) {
    addRoute(app, route, ({ query }) => forward(GetScopeKey, { query }))
  }
  addRoute(app, ReadSecretsRecords, ({ body }) => forward(ReadRecords, { body }), SMALL)
  addRoute(app, ResealStoredSecrets, ({ body }) => forward(ResealSecrets, { body }), SMALL)
}
