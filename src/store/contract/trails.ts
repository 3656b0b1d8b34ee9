import type { Page, PageRequest, Trail } from '../../domain/index.ts'
import type { Millis } from '../../std/index.ts'
import type { LogCursor } from './audit-cursors.ts'

// The contract for trails, for the chain that each trail has in each Region, and for the keys that sign.

/** Trails: found by exactly their name, and read and written whole. */
export interface TrailReader {
  find(accountId: string, homeRegion: string, name: string): Promise<Trail | undefined>
  /** Returns all trails of an account, by name and then by home Region. */
  list(accountId: string): Promise<Trail[]>
  /** Returns the trails of all accounts, by trail id. */
  listAll(page: PageRequest): Promise<Page<Trail>>
}

export interface TrailWriter extends TrailReader {
  /** Throws if the account has a trail with this name and home Region. */
  insert(trail: Trail): Promise<void>
  /** Replaces all of a trail, which is known by its id. */
  update(trail: Trail): Promise<void>
  delete(trail: Trail): Promise<void>
}

/** Chains of trails: known by trail id and Region, and read and written whole. */
export interface TrailChainReader {
  find(trailId: string, region: string): Promise<TrailChain | undefined>
  /** Returns the chains of a trail, by Region. */
  list(trailId: string): Promise<TrailChain[]>
  /**
   * Returns at most `limit` chains of all accounts that have something to do at `now`, those that wait longest first, from the one
   * behind `after`.
   */
  listDue(now: Millis, limit: number, after?: DueChain): Promise<TrailChain[]>
}

/** The place of a chain among those that are due. */
export type DueChain = Pick<TrailChain, 'dueAt' | 'trailId' | 'region'>

export interface TrailChainWriter extends TrailChainReader {
  /** Inserts a chain, or replaces the one of the same trail and Region. */
  put(chain: TrailChain): Promise<void>
  delete(chain: TrailChain): Promise<void>
}

/** The keys that sign digest files and heads of the audit log. None is ever removed: old signatures stay verifiable. */
export interface SigningKeyReader {
  /** Returns the keys of a purpose and a Region, the oldest first. */
  list(purpose: SigningKey['purpose'], region: string): Promise<SigningKey[]>
}

export interface SigningKeyWriter extends SigningKeyReader {
  /** Throws if there is a key with this id. */
  insert(key: SigningKey): Promise<void>
}

/** How far the delivery of a trail has come in a Region: the chain of its digest files, and its status. */
export interface TrailChain {
  readonly trailId: string
  readonly region: string
  readonly trailArn: string
  /** The trail as it was when it was deleted: its chain still gets a last digest. */
  readonly deletedTrail: Trail | undefined
  /** For each stream of the audit log, the place up to which records are delivered. */
  readonly cursors: readonly LogCursor[]
  /** When the job must look at the chain next; undefined if nothing is to be done. */
  readonly dueAt: Millis | undefined
  /** When the next log file is due. */
  readonly fileDueAt: Millis | undefined
  /** The start of the time that the next digest covers, and when it is due; undefined without validation. */
  readonly digest: { readonly from: Millis; readonly dueAt: Millis } | undefined
  /** The newest digest; undefined if the next one starts a chain. */
  readonly previous: DigestReference | undefined
  /** The delivered log files that no digest names yet. */
  readonly undigested: readonly DeliveredFile[]
  /** The object that is being put; a repeated attempt puts the same bytes under the same key. */
  readonly pending: PendingObject | undefined
  /** When logging stops: the last digest covers the time up to then. A chain that has ended keeps it. */
  readonly endsAt: Millis | undefined
  readonly logFiles: DeliveryStatus
  readonly digests: DeliveryStatus
}

/** The outcome of deliveries of one kind, as GetTrailStatus reports it. */
export interface DeliveryStatus {
  readonly attemptedAt: Millis | undefined
  readonly deliveredAt: Millis | undefined
  /** S3's error code of the newest attempt; undefined if it worked. */
  readonly error: string | undefined
}

/** A digest as the next one names it. */
export interface DigestReference {
  readonly bucket: string
  readonly object: string
  /** The SHA-256 of the digest before compression, in hex. */
  readonly hash: string
  /** In hex. */
  readonly signature: string
}

/** A delivered log file, as a digest names it. */
export interface DeliveredFile {
  readonly bucket: string
  readonly object: string
  /** The SHA-256 of the file before compression, in hex. */
  readonly hash: string
  readonly records: number
  readonly oldestEventAt: Millis
  readonly newestEventAt: Millis
}

/** An object whose put was begun: what makes its bytes again. */
export interface PendingObject {
  readonly kind: 'log' | 'digest'
  readonly bucket: string
  readonly object: string
  /** The delivery's time, which names the object. */
  readonly at: Millis
  /** Where the records of a log file begin and end in the audit log. */
  readonly from: readonly LogCursor[]
  readonly to: readonly LogCursor[]
  /** The end of the time that a digest covers. */
  readonly digestTo: Millis | undefined
  /** The key that signs a digest. */
  readonly signingKeyId: string | undefined
  /** Failed attempts so far. */
  readonly attempts: number
}

/** A key pair that signs, of a Region. Its private half is wrapped by the HSM. */
export interface SigningKey {
  readonly keyId: string
  readonly purpose: 'digest' | 'head'
  readonly region: string
  /** The account to which the wrapped key is bound. */
  readonly accountId: string
  readonly keySpec: string
  readonly keyMaterialId: string
  readonly keyToken: Uint8Array
  readonly publicKeyToken: Uint8Array
  /** In DER: as PKCS #1 for digests, which is what ListPublicKeys returns, and as SubjectPublicKeyInfo for heads. */
  readonly publicKey: Uint8Array
  /** In hex: the MD5 of `publicKey` for digests, as AWS has it, and its SHA-256 for heads. */
  readonly fingerprint: string
  readonly validFrom: Millis
  readonly validTo: Millis
}
