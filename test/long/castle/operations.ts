import { whyNoTokens } from '../../fixtures/hsm/softhsm.ts'
import { needsSeaweed } from '../../fixtures/s3/seaweedfs.ts'
import { Backup } from './backup.ts'
import { Cluster } from './cluster.ts'
import { Init } from './init.ts'
import type { Operation } from './operation.ts'
import { Rekey } from './rekey.ts'
import { Restore } from './restore.ts'
import { Rewrap } from './rewrap.ts'
import { upgradeOperations } from './upgrade.ts'

export { upgradeOperations }

export const initOperations = (): readonly Operation[] => [
  new Init('passphrase-file'),
  new Init('passphrase'),
  new Init('shares'),
]

export const rekeyOperations = (): readonly Operation[] => [
  new Rekey('file'),
  new Rekey('passphrase'),
  new Rekey('shares'),
  new Rekey('kms'),
]

/** Backups to a bucket need an S3 server. */
export const backupOperations = (): readonly Operation[] => [
  new Backup('file'),
  ...(needsSeaweed === false ? [new Backup('s3')] : []),
]

export const restoreOperations = (): readonly Operation[] => [new Restore()]

/** Clusters of HSMs need SoftHSM2. */
export const clusterOperations = (): readonly Operation[] => (whyNoTokens === false ? [new Cluster()] : [])

/** Makes all operations that `npm run long -- castle` kills. */
export const operations = (): readonly Operation[] => [
  ...initOperations(),
  ...rekeyOperations(),
  new Rewrap({ isPaced: true }),
  ...backupOperations(),
  ...restoreOperations(),
  ...upgradeOperations(),
  ...clusterOperations(),
]
