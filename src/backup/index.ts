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
  type BackupRetention,
  backupNameOf,
  backupsToDelete,
  type NamedBackup,
  parseBackupName,
} from './targets/backup-name.ts'
export type { BackupTarget } from './targets/backup-target.ts'
export { DirectoryTarget } from './targets/directory-target.ts'
export { hasObject, openS3Sink, type S3Place, S3Target } from './targets/s3-target.ts'
export {
  type BackupFile,
  type BackupOptions,
  type BackupSink,
  type WrittenBackup,
  writeBackup,
} from './write-backup.ts'
