export { type DirectoryLock, lockDirectory } from './sqlite/directory-lock.ts'
export { openSqliteStore } from './sqlite/open.ts'
export type { Change, OutboxRecord, Reader, Store, StoredDomainKey, Writer } from './store.ts'
