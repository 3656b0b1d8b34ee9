import { type TlsDetails, XksRefusal } from '../../domain/index.ts'
import { type Json, type Millis, monotonicMillis, uuid } from '../../std/index.ts'
import type { ExternalKey } from './external-key.ts'
import type { AnyProxyOperation, Performed } from './proxy-operation.ts'
import type { ProxyRecord } from './proxy-record.ts'

/** A request to the proxy, as the wire hands it over. Nothing in it is trusted yet. */
export interface ProxyRequest {
  readonly method: string
  /** The part of the path after that of the proxy; undefined for a request to a different path. */
  readonly path: string | undefined
  readonly body: Buffer
  /** Returns the credential whose signature is right, and the Region that AWS KMS calls from. Throws XksRefusal. */
  readonly authenticate: () => { readonly accessKeyId: string; readonly region: string }
  readonly sourceIpAddress: string
  readonly userAgent: string | undefined
  readonly tlsDetails: TlsDetails | undefined
}

/** A request while it is performed. Each step adds what it found, and the record has it all. */
export class ProxyCall {
  readonly request: ProxyRequest
  readonly requestId = uuid()
  readonly eventId = uuid()
  readonly startedAt = monotonicMillis()
  readonly time: Millis
  operation: AnyProxyOperation | undefined
  externalKeyId: string | undefined
  externalKey: ExternalKey | undefined
  signer: ReturnType<ProxyRequest['authenticate']> | undefined
  metadata: { readonly [name: string]: Json } | undefined
  performed: Performed | undefined
  refusal: XksRefusal | undefined

  constructor(request: ProxyRequest, time: Millis) {
    this.request = request
    this.time = time
  }

  get outcome(): string {
    return this.refusal?.errorName ?? 'success'
  }

  /** The record of the call. The operation has succeeded or was refused. */
  record(): ProxyRecord {
    const { operation, signer, metadata, performed, request } = this
    const key = performed?.key
    return {
      eventId: this.eventId,
      requestId: this.requestId,
      time: this.time,
      eventName: operation?.name,
      isReadOnly: true,
      region: this.externalKey?.served.region,
      accountId: this.externalKey?.served.accountId,
      accessKeyId: signer?.accessKeyId,
      refusal: this.refusal,
      // Only a request that is authenticated has parameters in its record, and one with a malformed body has no metadata.
      requestParameters: signer && {
        ...(this.externalKeyId !== undefined && { externalKeyId: this.externalKeyId }),
        ...(metadata && { requestMetadata: metadata }),
      },
      additionalEventData: {
        ...(signer && { accessKeyId: signer.accessKeyId, kmsRegion: signer.region }),
        ...(performed?.keyMaterialId !== undefined && { keyMaterialId: performed.keyMaterialId }),
      },
      key: key && { accountId: key.key.accountId, arn: key.arn },
      sourceIpAddress: request.sourceIpAddress,
      userAgent: request.userAgent,
      tlsDetails: request.tlsDetails,
    }
  }
}

/** The refusal for a thrown value. A value other than an XksRefusal is a fault of the server, and the answer reveals nothing. */
export function toRefusal(thrown: unknown): XksRefusal {
  return thrown instanceof XksRefusal ? thrown : internal({ cause: thrown })
}

/** A fault of the server. */
export function internal(inside: { readonly reason?: string; readonly cause?: unknown }): XksRefusal {
  return new XksRefusal('InternalException', 'The request failed because of an internal error.', inside)
}
