import { findLastState } from '../../audit/index.ts'
import type { Hsm } from '../../hsm/index.ts'
import { applySeed } from '../../seed/index.ts'
import { lockDirectory, openSqliteStore, type Store } from '../../store/index.ts'
import { type Audit, openAudit } from './audit.ts'
import type { Base } from './base.ts'
import { DataDirectory } from './data-directory.ts'
import { forOperator } from './database-checks.ts'
import { prepareRootKey, prepareStore, refuseLostDatabase } from './first-start.ts'
import { StoredHeadSigner } from './head-signer.ts'

/** The opened contents of the data directory. */
export interface State extends Audit {
  readonly directory: DataDirectory
  readonly store: Store
  readonly hsm: Hsm
  /** The default account. */
  readonly accountId: string
}

/** Opens the data directory, creates what it lacks, and applies the seed. Throws OperatorError. */
export async function openState(base: Base): Promise<State> {
  const { config, clock, log, cleanup, seed } = base
  const directory = new DataDirectory(config.dataDirectory)
  directory.prepare()
  const lock = lockDirectory(directory.path)
  cleanup.add(() => lock.release())

  refuseLostDatabase(directory)
  const locked = await openSqliteStore(directory.database)
  cleanup.add(() => locked.close())
  const { rootKey, provider } = await prepareRootKey(config, directory, locked)
  cleanup.add(() => rootKey.destroy())
  for (const path of directory.listOpenToOthers([...provider.filePaths, config.certificatePaths?.key]))
    log.warn({ path }, 'other users of this machine can access this')
  const seen = await findLastState(directory.auditLogs)
  const prepared = await prepareStore({ ...config, locked, log, seen, rootKey, directory, clock })
  const { store, hsm, accountId } = prepared
  cleanup.add(() => hsm.close())
  if (seed !== undefined) await forOperator(() => applySeed(seed, { store, hsm, clock }))

  const signer = new StoredHeadSigner({
    store,
    hsm,
    clock,
    accountId,
    region: config.regions[0] ?? '',
    directory,
  })
  const audit = await openAudit(base, { directory, store, signer, accountId })
  return { directory, store, hsm, accountId, ...audit }
}
