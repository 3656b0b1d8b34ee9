import type { ServiceError, TlsDetails } from '../domain/index.ts'
import type { Endpoint } from './call.ts'
import type { Service } from './service.ts'

/** A request that the wire refuses before it is a call: it names no operation, or it could not be received. */
export interface RefusedRequest {
  readonly error: ServiceError
  /** The service that the request names; undefined if it names none of this server. */
  readonly service: Service | undefined
  /** The operation that the request names, if the text can be shown. */
  readonly operationName: string | undefined
  /** The access key that the request names, if the text can be shown. Nothing proves it. */
  readonly claimedKeyId: string | undefined
  readonly sourceIpAddress: string
  readonly userAgent: string | undefined
  /** The Host header. */
  readonly host: string | undefined
  /** How the request was encrypted; undefined if it came over plain HTTP. */
  readonly tlsDetails: TlsDetails | undefined
  readonly endpoint?: Endpoint | undefined
}
