import type { ExternalKeyStore, XksProxy } from './custom-key-store.ts'

/** A call on whose behalf a proxy is asked about a store or a key. */
export interface ProxyPurpose {
  /** The name of the KMS operation, or `KmsHealthCheck`. */
  readonly operation: string
  readonly requestId: string
  /** The ARN of the caller; undefined for what the service does by itself. */
  readonly principalArn: string | undefined
}

/** A way to a proxy with its credential in the clear, which the caller wipes: it is to be tried before it is stored. */
export interface ProxyAccess extends Omit<XksProxy, 'wrappedSecret' | 'credentialSince'> {
  /** The account of the store. Accounts take turns. */
  readonly accountId: string
  /** The Region whose KMS signs the calls. */
  readonly region: string
  /** The stored custom key store that is tried; absent for one that does not exist yet. */
  readonly customKeyStoreId?: string
  readonly secret: Uint8Array
}

/** A key outside (XKS proxy API specification, "GetKeyMetadata"). */
export interface ExternalKeyMetadata {
  readonly keySpec: string
  readonly keyUsage: readonly string[]
  readonly keyStatus: string
}

/** The questions of operations on custom key stores and of CreateKey to external key store proxies. Methods reject with XksFailure. */
export interface ExternalProxies {
  /** Asks for the health of a proxy. Resolves if it answers as it must, and a key manager behind it works. */
  checkHealth(access: ProxyAccess, purpose: ProxyPurpose): Promise<void>
  /** Asks for a key outside through the proxy of a stored custom key store. */
  keyMetadata(store: ExternalKeyStore, xksKeyId: string, purpose: ProxyPurpose): Promise<ExternalKeyMetadata>
}
