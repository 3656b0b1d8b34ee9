export type { AccessKeyLastUsedRecord, EntityName, PolicyEntities } from './contract/iam-store.ts'
export type {
  Change,
  DueEvent,
  GrantFilter,
  KeyLabels,
  KeyUsageRecord,
  OutboxRecord,
  Reader,
  Store,
  StoredDomainKey,
  Writer,
} from './contract/store.ts'
export { mayBeGrantParty, mayBePrincipal } from './principal-existence.ts'
export { type DirectoryLock, lockDirectory } from './sqlite/directory-lock.ts'
export { openSqliteStore } from './sqlite/open.ts'
