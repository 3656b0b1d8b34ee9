import { isMultiRegion, type KeyRecord, type KmsKey } from '../domain/index.ts'
import type { Reader } from '../store/index.ts'

/** Lists the records of a key, with its key materials, in all its regions. A single-Region key has one. */
export async function listRecords(reader: Reader, key: KmsKey): Promise<KeyRecord[]> {
  const records = []
  for (const { accountId, region, keyId } of await reader.keys.listMembers(key.accountId, key.keyId)) {
    const record = await reader.keys.find({ accountId, region }, keyId)
    if (record !== undefined) records.push(record)
  }
  return records
}

/** Lists the regions that have replicas of a multi-Region key. A single-Region key has none. */
export async function listReplicaRegions(reader: Reader, key: KmsKey): Promise<string[]> {
  if (!isMultiRegion(key)) return []
  const members = await reader.keys.listMembers(key.accountId, key.keyId)
  return members.map(member => member.region).filter(region => region !== key.primaryRegion)
}
