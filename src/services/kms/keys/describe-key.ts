import { isMultiRegion } from '../../../domain/index.ts'
import type { ResolvedKey } from '../../../keys/index.ts'
import { listReplicaRegions } from '../../../lifecycle/index.ts'
import type { Reader } from '../../../store/index.ts'
import { type KeyMetadata, renderKeyMetadata } from './key-metadata.ts'

/** A key's metadata as it is now. For a multi-Region key it includes all regions of the key. */
export function describeKey(store: Reader, resolved: ResolvedKey): KeyMetadata | Promise<KeyMetadata> {
  const { key, records } = resolved
  if (!isMultiRegion(key)) return renderKeyMetadata(key, records, [], resolved)
  return listReplicaRegions(store, key).then(regions => renderKeyMetadata(key, records, regions))
}
