import type { BackupSample } from '../../backup/index.ts'
import { keyStoreIdOf, type Scope } from '../../domain/index.ts'
import { type Hsm, type KeyBinding, SealBroken } from '../../hsm/index.ts'
import { currentOf, type ResolvedKey, readResolvedKey } from '../../keys/index.ts'
import { decodeBase64, equalConstantTime, sha256 } from '../../std/index.ts'
import { DoesNotVerify, type Reader } from '../../store/index.ts'
import type { SampleMaker } from './cut.ts'

/** The keys of each Region under which a backup has a sample, and the keys that are looked at to find them. */
const limits = { samples: 16, looks: 200 }

/** Nothing else is encrypted with this associated data, and Decrypt accepts no ciphertext that has it. */
const associatedData = Buffer.from('keyward backup sample v1')

/** The plaintext is no secret: it says whether the key in the backup is the one that encrypted it. */
const plaintextOf = (backupId: string, keyId: string) => sha256(`${backupId} ${keyId}`)

/** Returns the maker of samples of an open server. */
export function sampleMaker(reader: Reader, hsm: Hsm, regions: readonly string[]): SampleMaker {
  return {
    async make(backupId) {
      const samples: BackupSample[] = []
      for (const region of regions)
        samples.push(...(await samplesOf(reader, hsm, region, backupId, await reader.accounts.listIds())))
      return samples
    },
    async keep(samples) {
      const kept: BackupSample[] = []
      for (const sample of samples) if (await hasMaterial(reader, sample)) kept.push(sample)
      return kept
    },
  }
}

async function samplesOf(
  reader: Reader,
  hsm: Hsm,
  region: string,
  backupId: string,
  accountIds: readonly string[],
): Promise<BackupSample[]> {
  const samples: BackupSample[] = []
  let looks = limits.looks
  for (const accountId of accountIds) {
    const { items } = await reader.keys.listIds({ accountId, region }, { limit: looks, after: undefined })
    for (const keyId of items) {
      if (samples.length === limits.samples || looks-- === 0) return samples
      const found = await findKey(reader, { accountId, region }, keyId)
      if (found?.key.keySpec !== 'SYMMETRIC_DEFAULT' || found.current === undefined) continue
      // A backup must not wait for a key outside.
      if (keyStoreIdOf(found.key) !== undefined) continue
      const key = currentOf(found)
      const sealed = await hsm.encrypt(key, plaintextOf(backupId, keyId), associatedData)
      const { keyMaterialId } = key.binding
      samples.push({ accountId, region, keyId, keyMaterialId, sealed: sealed.toString('base64') })
    }
  }
  return samples
}

async function hasMaterial(reader: Reader, sample: BackupSample): Promise<boolean> {
  return (await findKey(reader, sample, sample.keyId))?.materials.has(sample.keyMaterialId) ?? false
}

/** Finds a key; undefined for one that does not verify, which the check of all rows reports. */
async function findKey(reader: Reader, scope: Scope, keyId: string): Promise<ResolvedKey | undefined> {
  try {
    return await readResolvedKey(reader, scope, keyId)
  } catch (error) {
    if (error instanceof DoesNotVerify) return undefined
    throw error
  }
}

/** Decrypts the samples of a backup with the keys that it has. Returns the text of each fault, without a full stop. */
export async function checkSamples(
  reader: Reader,
  hsm: Hsm,
  backupId: string,
  samples: readonly BackupSample[],
): Promise<string[]> {
  const faults: string[] = []
  for (const sample of samples) {
    const found = await findKey(reader, sample, sample.keyId)
    const key = found?.materials.get(sample.keyMaterialId)
    if (key === undefined || !(await opens(hsm, key, sample, backupId)))
      faults.push(`the key ${sample.keyId} in ${sample.region} does not decrypt its sample`)
  }
  return faults
}

async function opens(
  hsm: Hsm,
  key: { readonly binding: KeyBinding; readonly keyToken: Uint8Array },
  { keyId, sealed }: BackupSample,
  backupId: string,
): Promise<boolean> {
  try {
    const opened = await hsm.decrypt(key, decodeBase64(sealed) ?? Buffer.alloc(0), associatedData)
    return equalConstantTime(opened, plaintextOf(backupId, keyId))
  } catch (error) {
    if (error instanceof SealBroken) return false
    throw error
  }
}
