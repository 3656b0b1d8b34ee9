import type { ResolvedKey } from '../../keys/index.ts'
import type { Eventual, Json, Shape } from '../../std/index.ts'
import type { ExternalKey } from './external-key.ts'
import type { OpenSide } from './open-side.ts'
import type { ProxyHealth } from './proxy-health.ts'

/** A request to the proxy as an operation sees it. */
export interface ProxyContext<I> {
  readonly input: I
  /** Returns the external key that the path names. Throws XksRefusal for one that the proxy does not serve. */
  readonly externalKey: () => ExternalKey
  /** Returns the open side. Throws XksRefusal while the server is sealed. */
  readonly open: () => OpenSide
  readonly health: () => Promise<ProxyHealth>
}

/** The answer of an operation, with the facts that its record shows. */
export interface Performed {
  readonly output: { readonly [member: string]: Json }
  /** The key that was used or looked at. */
  readonly key?: ResolvedKey
  /** The key material that was used. */
  readonly keyMaterialId?: string
}

/** An operation of the proxy API: data and one function. */
export interface ProxyOperation<I> {
  /** The name in the specification. */
  readonly name: 'GetKeyMetadata' | 'Encrypt' | 'Decrypt' | 'GetHealthStatus'
  /** The last part of the path. */
  readonly pathPart: string
  /** Whether the path names an external key. */
  readonly isOnKey: boolean
  /** Whether the operation counts as a use of the key. */
  readonly usesKey: boolean
  readonly input: Shape<I>
  /** Overwrites the secrets of the input. */
  readonly wipe?: (input: I) => void
  /** Performs the operation. Throws XksRefusal. */
  readonly handle: (context: ProxyContext<I>) => Eventual<Performed>
}

/** An operation with any input. */
// biome-ignore lint/suspicious/noExplicitAny: each operation has an input of its own
export type AnyProxyOperation = ProxyOperation<any>
