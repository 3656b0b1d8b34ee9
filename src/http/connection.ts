import type { TlsConnection } from '../domain/index.ts'

/** The facts about a connection that hold for all its requests. */
export interface ConnectionFacts {
  /** The address of the client, in the form that `plainAddress` returns. */
  readonly remoteAddress: string
  /** How the connection is encrypted; undefined for plain HTTP. */
  readonly tls?: TlsConnection
}
