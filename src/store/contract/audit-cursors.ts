import type { Page, PageRequest } from '../../domain/index.ts'
import type { Millis } from '../../std/index.ts'

// The contract for what the store knows about audit logs: how far their readers have come, and the heads of the logs of other
// servers that this one has seen.

/** A place in a stream of the audit log: the end of a line. */
export interface LogCursor {
  readonly stream: string
  readonly file: string
  readonly offset: number
}

/** How far each reader of the audit log has come, such as a sink; a reader has a cursor in each stream. */
export interface AuditCursorReader {
  /** Returns the cursors of a reader, by stream. */
  find(name: string): Promise<LogCursor[]>
  /** Returns all cursors, by the name of the reader and stream. */
  list(): Promise<NamedCursor[]>
}

export interface AuditCursorWriter extends AuditCursorReader {
  /** Moves the cursor of a reader in the stream of the cursor. */
  put(name: string, cursor: LogCursor): Promise<void>
  /** Forgets a reader. */
  delete(name: string): Promise<void>
}

/** The cursor of a reader. */
export interface NamedCursor {
  readonly name: string
  readonly cursor: LogCursor
}

/** The heads that accounts gave this server to remember. No head is ever changed. */
export interface WitnessedHeadReader {
  find(accountId: string, stream: string, head: number): Promise<WitnessedHead | undefined>
  /** Returns the head with the highest number, or the one that comes `skipped` heads before it. */
  findLast(accountId: string, stream: string, skipped?: number): Promise<WitnessedHead | undefined>
  /** Returns at most `limit` streams of which an account has heads. */
  listStreams(accountId: string, limit: number): Promise<string[]>
  /** Returns the heads of a stream by number. The sort key of a page is the number. */
  list(accountId: string, stream: string, page: PageRequest): Promise<Page<WitnessedHead>>
}

export interface WitnessedHeadWriter extends WitnessedHeadReader {
  /** Throws if the account has a head of this stream with this number. */
  insert(head: WitnessedHead): Promise<void>
}

/** A head of an audit log, as the server of the log signed it. */
export interface WitnessedHead {
  /** The account that gave the head to this server. */
  readonly accountId: string
  readonly stream: string
  readonly head: number
  readonly block: number
  /** The digest of the chain up to the block, in hex. */
  readonly chain: string
  readonly records: number
  /** As the head has it: the signature covers this text. */
  readonly time: string
  /** The SHA-256 of the public key, in hex. */
  readonly key: string
  /** In base64. */
  readonly signature: string
  readonly witnessedAt: Millis
}
