import { encryptionsMax } from '../../hsm/index.ts'
import { everyPage, type Store } from '../../store/index.ts'

/** The encryptions that a key may have done between a backup and its restore: sixteen restores use up a key. */
const encryptionsSince = 2 ** 28
const keysPerCommit = 500

/**
 * Raises the count of encryptions of every key in HSMs. The keys are the same ones after a restore, and nothing in a backup says how
 * often they encrypted after it.
 */
export async function raiseKeyCounts(store: Store): Promise<void> {
  const { customKeyStores, tokenKeys } = store.reader
  for (const keyStore of await customKeyStores.listAll()) {
    if (keyStore.type !== 'AWS_CLOUDHSM') continue
    for await (const keys of everyPage(keysPerCommit, page => tokenKeys.listKeys(keyStore, page)))
      await store.write(async writer => {
        for (const { binding } of keys) {
          const count = (await writer.tokenKeys.countOf(binding)) + encryptionsSince
          await writer.tokenKeys.setCount(binding, Math.min(count, encryptionsMax))
        }
      })
  }
}
