import type { TlsDetails, XksRefusal } from '../../domain/index.ts'
import type { Json, Millis } from '../../std/index.ts'

/** A call to the proxy, or a request that was refused before it was one, as its audit record shows it. It has no secret. */
export interface ProxyRecord {
  readonly eventId: string
  readonly requestId: string
  readonly time: Millis
  /** The operation; undefined if the path names none. */
  readonly eventName: string | undefined
  readonly isReadOnly: boolean
  /** The Region of the key; undefined if there is none. */
  readonly region: string | undefined
  /** The account of the external key; undefined if that is the default account, or there is no key. */
  readonly accountId: string | undefined
  /** The credential whose signature was right; undefined for a request that is not authenticated. */
  readonly accessKeyId: string | undefined
  readonly refusal: XksRefusal | undefined
  readonly requestParameters: { readonly [name: string]: Json } | undefined
  readonly additionalEventData: { readonly [name: string]: Json }
  /** The key of this server that was used. */
  readonly key: { readonly accountId: string; readonly arn: string } | undefined
  readonly sourceIpAddress: string
  readonly userAgent: string | undefined
  readonly tlsDetails: TlsDetails | undefined
}
