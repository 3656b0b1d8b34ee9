import type { Hsm } from '../../hsm/index.ts'
import { applySeed } from '../../seed/index.ts'
import type { Store } from '../../store/index.ts'
import { type Audit, type LogParts, openAudit } from './audit.ts'
import type { Base } from './base.ts'
import type { DataDirectory } from './data-directory.ts'
import { forOperator } from './database-checks.ts'
import { prepareStore } from './first-start.ts'
import { StoredHeadSigner } from './head-signer.ts'
import { type Front, openFrontLog } from './seal/front.ts'
import type { RootKeyInUse } from './seal/keeper.ts'

/** The opened contents of the data directory. */
export interface State extends Audit {
  readonly directory: DataDirectory
  readonly store: Store
  readonly hsm: Hsm
  /** The default account. */
  readonly accountId: string
  /** The account of the first start, which is the operator's. */
  readonly operatorAccountId: string
  readonly inUse: RootKeyInUse
  readonly logParts: LogParts
}

/**
 * Opens the database with the root key, creates what it lacks, and applies the seed. Opens the audit log, too, if `log` is
 * undefined. Throws OperatorError.
 */
export async function openState(
  base: Base,
  front: Front,
  inUse: RootKeyInUse,
  log: LogParts | undefined,
): Promise<State> {
  const { config, clock, seed } = base
  const { directory, locked, seen, hsmCleanup } = front
  hsmCleanup.add(() => inUse.rootKey.destroy())
  const { rootKey } = inUse
  const prepared = await prepareStore({ ...config, locked, log: base.log, seen, rootKey, directory, clock })
  const { store, hsm, accountId, operatorAccountId } = prepared
  hsmCleanup.add(() => hsm.close())
  front.readState = () => store.integrity.commitCounts()
  if (seed !== undefined) await forOperator(() => applySeed(seed, { store, hsm, clock }))

  const region = config.regions[0] ?? ''
  const signer = new StoredHeadSigner({ store, hsm, clock, accountId, region, directory })
  const logParts = log ?? (await openFrontLog(base, front))
  const open = { ...base, cleanup: front.openCleanup }
  const audit = await openAudit(open, logParts, { directory, store, signer, accountId })
  return { directory, store, hsm, accountId, operatorAccountId, inUse, logParts, ...audit }
}
