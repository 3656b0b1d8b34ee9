import type { TlsConnection } from '../domain/index.ts'
import type { Endpoint } from '../operation/index.ts'

/** The way in of a VPC endpoint at one address, for one set of clients. */
export interface Door {
  /** A different object once the policy has changed. */
  readonly endpoint: Endpoint
  /** Whether the door is closed, so that its connections end. */
  readonly isOver: boolean
}

/** The facts about a connection that hold for all its requests. */
export interface ConnectionFacts {
  /** The address of the client, in the form that `plainAddress` returns. */
  readonly remoteAddress: string
  /** How the connection is encrypted; undefined for plain HTTP. */
  readonly tls?: TlsConnection
  /** The VPC endpoint that accepted the connection; undefined for a public listener. */
  readonly door?: Door
}
