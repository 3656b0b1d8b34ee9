import { readPublicJson } from '../wire/public.ts'

/** An identity provider that people can sign in with (OpenID Connect). */
export interface Issuer {
  readonly name: string
  readonly issuer: string
  readonly clientId: string
  readonly authorizationEndpoint: string
  readonly tokenEndpoint: string
  readonly scopes: readonly string[]
  /** The ARNs of the roles to offer; people type one if there are none. */
  readonly roles: readonly string[]
}

/** The facts about the server that anybody may know: `/console/config.json`. */
export interface ServerConfig {
  readonly regions: readonly string[]
  readonly defaultRegion: string
  /** False for a server that takes every call as the root user's. */
  readonly checksSignatures: boolean
  readonly issuers: readonly Issuer[]
  readonly features: {
    readonly privateEndpoints: boolean
    readonly organizationPolicies: boolean
    readonly metrics: boolean
    /** Whether any external key store proxy can be reached. */
    readonly externalKeyStores: boolean
    /** Whether there are clusters of HSMs. */
    readonly cloudHsm: boolean
  }
}

let config: ServerConfig | undefined

/** Reads the configuration, once. Throws ApiError. */
export async function loadServerConfig(): Promise<ServerConfig> {
  config ??= (await readPublicJson('/console/config.json')) as ServerConfig
  return config
}

/** The configuration, which is read before any page shows. */
export function serverConfig(): ServerConfig {
  if (config === undefined) throw new Error('The configuration is not read yet.')
  return config
}

/** Whether the server is sealed, so that no call succeeds. */
export async function isSealed(): Promise<boolean> {
  const { status } = (await readPublicJson('/readyz')) as { status: string }
  return status === 'sealed'
}
