export type { AccessKeyLastUsedRecord, UnverifiedAccessKeyReader } from './contract/access-keys.ts'
export type { LogCursor, NamedCursor, WitnessedHead } from './contract/audit-cursors.ts'
export { DoesNotVerify } from './contract/does-not-verify.ts'
export type { GrantFilter } from './contract/grants.ts'
export type { EntityName, PolicyEntities, RoleLastUsedRecord } from './contract/identities.ts'
export type { CommitCounts, Integrity, VerificationReport } from './contract/integrity.ts'
export type {
  DueEvent,
  KeyLabels,
  KeyLine,
  KeyOrder,
  KeyPlace,
  KeyUsageRecord,
  KeyWalk,
  NextExpiry,
} from './contract/keys.ts'
export type {
  DomainKeyUses,
  RewrapPhase,
  RewrapProgress,
  RewrapReader,
  RewrapWriter,
} from './contract/rewrap.ts'
export type { OutboxRecord, StoredDomainKey, StoredDomainKeyChange } from './contract/server.ts'
export type { Change, Hold, LockedStore, Migrated, Reader, Store, Writer } from './contract/store.ts'
export type { TokenKey, TokenKeyName, TokenKeyTask } from './contract/token-keys.ts'
export type {
  DeliveredFile,
  DeliveryStatus,
  DigestReference,
  DueChain,
  PendingObject,
  SigningKey,
  TrailChain,
} from './contract/trails.ts'
export { everyPage, pageInParts } from './every-page.ts'
export { mayBeGrantParty, mayBePrincipal } from './principal-existence.ts'
export { describeMigration, newerVersionText } from './sql/migrations/index.ts'
export { type DirectoryLock, isDirectoryLocked, lockDirectory } from './sqlite/directory-lock.ts'
export { type ExaminedDatabase, examineDatabase } from './sqlite/examine.ts'
export { openSqliteStore } from './sqlite/open.ts'
export {
  type InspectedDatabase,
  inspectDatabase,
  lacksMacs,
  readRootKeyEnvelope,
  refuseDamaged,
  snapshotDatabase,
} from './sqlite/snapshot.ts'
