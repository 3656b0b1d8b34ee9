import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BackupDamaged } from '../../backup/index.ts'
import type { Config } from '../config/config.ts'
import { DataDirectory } from '../parts/data-directory.ts'
import { checkDirectory, type DirectoryCheck } from './check-directory.ts'
import { type BackupInput, withBackup } from './extract.ts'
import { findRootKeyAtHand, findStrangeKeeper, readOwnEnvelope } from './root-key.ts'
import { withTemporaryDirectory } from './temporary-directory.ts'

/** A check of a backup that is asked for. */
export interface VerifyRequest extends BackupInput {
  /** Called from time to time with the bytes that are read, and the bytes of all. */
  readonly progress: (read: number, of: number) => void
}

/** The outcome of a check. */
export interface VerifiedBackup {
  /** The texts of the faults, without a full stop; none for a whole backup. */
  readonly faults: readonly string[]
  readonly madeAt: string
  readonly records: number
  readonly heads: number
  /** Undefined if the root key is not at hand. */
  readonly checked: DirectoryCheck['checked']
  /** The reason why it is not; a sentence. */
  readonly unchecked: string | undefined
}

/**
 * Checks a backup in a temporary directory, which is removed afterwards, also after a signal, without changing anything else. MACs and samples are
 * checked if the root key is at hand. Throws OperatorError if the backup cannot be checked.
 */
export async function verifyBackup(config: Config, request: VerifyRequest): Promise<VerifiedBackup> {
  const nothing = { madeAt: '', records: 0, heads: 0, checked: undefined, unchecked: undefined }
  try {
    return await check(config, request)
  } catch (error) {
    if (!(error instanceof BackupDamaged)) throw error
    return { ...nothing, faults: [error.message.replace(/\.$/, '')] }
  }
}

async function check(config: Config, request: VerifyRequest): Promise<VerifiedBackup> {
  const prefix = join(tmpdir(), 'keyward-verify-')
  return await withBackup(request, ({ manifest, extract }) =>
    withTemporaryDirectory(prefix, async path => {
      let unchecked: string | undefined
      const strangeFaults: string[] = []
      await extract(path, request.progress)
      const { faults, records, heads, checked } = await checkDirectory({
        ...{ config, directory: new DataDirectory(path), manifest, progress: () => undefined },
        async openRootKey(locked) {
          const strange = await findStrangeKeeper(config, locked, readOwnEnvelope(config))
          if (strange?.isFault === true) strangeFaults.push(strange.reason.replace(/\.$/, ''))
          const found = strange ?? (await findRootKeyAtHand(config, locked, 'the backup'))
          if ('rootKey' in found) return found.rootKey
          unchecked = found.reason
          return undefined
        },
      })
      return {
        faults: [...faults, ...strangeFaults],
        madeAt: manifest.madeAt,
        records,
        heads,
        checked,
        unchecked,
      }
    }),
  )
}
