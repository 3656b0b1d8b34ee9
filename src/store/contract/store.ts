import type { Authenticator, Grant, Scope, VpcEndpoint } from '../../domain/index.ts'
import type { Metric } from '../../std/index.ts'
import type { AccessKeyReader, AccessKeyWriter, UnverifiedAccessKeyReader } from './access-keys.ts'
import type { AliasReader, AliasWriter } from './aliases.ts'
import type {
  AuditCursorReader,
  AuditCursorWriter,
  WitnessedHeadReader,
  WitnessedHeadWriter,
} from './audit-cursors.ts'
import type { CustomKeyStoreReader, CustomKeyStoreWriter } from './custom-key-stores.ts'
import type { DoesNotVerify } from './does-not-verify.ts'
import type { GrantReader, GrantWriter } from './grants.ts'
import type {
  GroupReader,
  GroupWriter,
  PolicyReader,
  PolicyWriter,
  RoleReader,
  RoleWriter,
  UserReader,
  UserWriter,
} from './identities.ts'
import type { Integrity } from './integrity.ts'
import type { KeyReader, KeyWriter } from './keys.ts'
import type {
  AccountAliasReader,
  AccountAliasWriter,
  InstanceProfileReader,
  InstanceProfileWriter,
  OidcProviderReader,
  OidcProviderWriter,
} from './providers.ts'
import type { RewrapReader, RewrapWriter } from './rewrap.ts'
import type {
  AccountReader,
  AccountWriter,
  DomainKeyReader,
  DomainKeyWriter,
  OutboxReader,
  OutboxWriter,
  RootKeyReader,
  RootKeyWriter,
  SeedEntryReader,
  SeedEntryWriter,
} from './server.ts'
import type { TagReader, TagWriter } from './tags.ts'
import type { TokenKeyReader, TokenKeyWriter } from './token-keys.ts'
import type {
  SigningKeyReader,
  SigningKeyWriter,
  TrailChainReader,
  TrailChainWriter,
  TrailReader,
  TrailWriter,
} from './trails.ts'
import type { VpcEndpointReader, VpcEndpointWriter } from './vpc-endpoints.ts'

/**
 * The durable state of the server. The comments in this folder are the contract, and the tests beside them hold every
 * implementation to it.
 *
 * - Everything that a resolved `write` wrote is on disk: it survives a loss of power.
 * - A transaction sees everything that was committed before it began, and nothing of other transactions in flight.
 * - The store may run the function given to `write` again after a conflict, so the function has no effects except through
 *   its Writer.
 * - Listeners receive each change after its commit and before `write` resolves.
 * - Deleted or replaced key material is in none of the database's files once `write` has resolved.
 * - Every entity that decides anything has a MAC. A method that finds one entity throws DoesNotVerify for an entity that was
 *   changed outside; a method that lists entities reports it and leaves it out. No write turns such an entity into a right one.
 * - Every row of a key, alias or tag belongs to a scope, and no method reaches across scopes unless its comment says so.
 */
export interface Store {
  /** Reads committed state, each call by itself. */
  readonly reader: Reader
  /** Runs `work` in one transaction: committed when `work` resolves, undone when it throws. */
  write<T>(work: (writer: Writer) => Promise<T>): Promise<T>
  /** Calls `listener` for every committed change, in the order of the commits. */
  subscribe(listener: (change: Change) => void): void
  readonly integrity: Integrity
  /** Runs `work` while no commit is under way and none begins. Throws Error if that takes two seconds. */
  whileQuiet<T>(work: () => Promise<T>): Promise<T>
  /** Returns the metrics of the writes. */
  metrics(): Metric[]
  close(): Promise<void>
}

/**
 * A database before the keys that authenticate it are open: it gives the domain keys, because the keys come from them, and
 * what a sealed server must know.
 */
export interface LockedStore {
  readonly domainKeys: DomainKeyReader
  readonly accessKeys: UnverifiedAccessKeyReader
  /** The envelope of the root key. A `put` is a transaction of its own. */
  readonly rootKeys: RootKeyWriter
  /** The migrations that this opening applied. */
  readonly migrated: Migrated
  /** As `whileQuiet` of the store. */
  whileQuiet<T>(work: () => Promise<T>): Promise<T>
  /**
   * Copies the database as of the moment in which `hold` calls `pin`, which it does while the database is quiet. The file at `path`
   * appears whole, with mode 0600, and replaces one that is there; a loss of power may lose it. Deleted key material leaves the
   * files when the copy is made. Rejects if the copy cannot be made or if `hold` does not pin; nothing is left then.
   */
  snapshot(path: string, hold: Hold): Promise<void>
  /**
   * Returns the store. `onBroken` receives each entity that a list leaves out because it does not verify. Throws
   * DoesNotVerify if the state of a domain does not verify.
   */
  unlock(authenticator: Authenticator, onBroken: (error: DoesNotVerify) => void): Promise<Store>
  close(): Promise<void>
}

/** Calls `pin` in the moment that a snapshot is of. */
export type Hold = (pin: () => void) => Promise<void>

/** The migrations that one opening applied to a database. */
export interface Migrated {
  /** The last migration that the database had before; undefined for a new database. */
  readonly from: string | undefined
  readonly names: readonly string[]
}

/** A change that a commit made. Caches drop the entries that it names. */
export type Change =
  | { readonly type: 'key'; readonly scope: Scope; readonly keyId: string; readonly isGone?: boolean }
  | { readonly type: 'grant'; readonly grant: Grant; readonly isGone: boolean }
  /** A custom key store; the keys in it may have a different state. */
  | { readonly type: 'customKeyStore'; readonly scope: Scope; readonly customKeyStoreId: string }
  /** A VPC endpoint. It is whole, so that the policy of its listeners is replaced before `write` resolves. */
  | { readonly type: 'vpcEndpoint'; readonly endpoint: VpcEndpoint; readonly isGone: boolean }
  /** `keyIds` are the keys that the alias pointed to before and points to now. */
  | {
      readonly type: 'alias'
      readonly scope: Scope
      readonly aliasName: string
      readonly keyIds: readonly string[]
    }
  /** A user and its access keys; all identities of the account if no user is named. */
  | { readonly type: 'identity'; readonly accountId: string; readonly userName: string | undefined }

/** The reads of the store, by aspect. */
export interface Reader {
  readonly keys: KeyReader
  readonly customKeyStores: CustomKeyStoreReader
  readonly tokenKeys: TokenKeyReader
  readonly vpcEndpoints: VpcEndpointReader
  readonly aliases: AliasReader
  readonly tags: TagReader
  readonly grants: GrantReader
  readonly users: UserReader
  readonly groups: GroupReader
  readonly roles: RoleReader
  readonly policies: PolicyReader
  readonly instanceProfiles: InstanceProfileReader
  readonly oidcProviders: OidcProviderReader
  readonly accountAliases: AccountAliasReader
  readonly accessKeys: AccessKeyReader
  readonly accounts: AccountReader
  readonly domainKeys: DomainKeyReader
  readonly rootKeys: RootKeyReader
  readonly rewraps: RewrapReader
  readonly outbox: OutboxReader
  readonly seedEntries: SeedEntryReader
  readonly trails: TrailReader
  readonly trailChains: TrailChainReader
  readonly signingKeys: SigningKeyReader
  readonly auditCursors: AuditCursorReader
  readonly witnessedHeads: WitnessedHeadReader
}

/** The reads and writes of one transaction, by aspect. */
export interface Writer extends Reader {
  readonly keys: KeyWriter
  readonly customKeyStores: CustomKeyStoreWriter
  readonly tokenKeys: TokenKeyWriter
  readonly vpcEndpoints: VpcEndpointWriter
  readonly aliases: AliasWriter
  readonly tags: TagWriter
  readonly grants: GrantWriter
  readonly users: UserWriter
  readonly groups: GroupWriter
  readonly roles: RoleWriter
  readonly policies: PolicyWriter
  readonly instanceProfiles: InstanceProfileWriter
  readonly oidcProviders: OidcProviderWriter
  readonly accountAliases: AccountAliasWriter
  readonly accessKeys: AccessKeyWriter
  readonly accounts: AccountWriter
  readonly domainKeys: DomainKeyWriter
  readonly rootKeys: RootKeyWriter
  readonly rewraps: RewrapWriter
  readonly outbox: OutboxWriter
  readonly seedEntries: SeedEntryWriter
  readonly trails: TrailWriter
  readonly trailChains: TrailChainWriter
  readonly signingKeys: SigningKeyWriter
  readonly auditCursors: AuditCursorWriter
  readonly witnessedHeads: WitnessedHeadWriter
}
