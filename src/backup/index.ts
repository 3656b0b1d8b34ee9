export { readIdentities } from './age/identities.ts'
export { checkRecipients } from './age/recipients.ts'
export { FileSink } from './file-sink.ts'
export {
  type BackupFacts,
  type BackupManifest,
  type BackupSample,
  isBackupFacts,
  isBackupName,
} from './manifest.ts'
export { type OpenedBackup, openBackup } from './open-backup.ts'
export { BackupDamaged } from './problems.ts'
export {
  type BackupFile,
  type BackupOptions,
  type BackupSink,
  type WrittenBackup,
  writeBackup,
} from './write-backup.ts'
