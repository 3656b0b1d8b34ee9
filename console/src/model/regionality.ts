import type { KeyMetadata } from '@aws-sdk/client-kms'

/** A key of a multi-Region key: the primary key, or one of its replicas. */
export interface RelatedKey {
  readonly region: string
  readonly arn: string
  readonly isPrimary: boolean
}

/** The keys of a multi-Region key, the primary key first. */
export function relatedKeys({ MultiRegionConfiguration: configuration }: KeyMetadata): RelatedKey[] {
  const { PrimaryKey: primary, ReplicaKeys: replicas = [] } = configuration ?? {}
  return [
    ...(primary === undefined
      ? []
      : [{ region: primary.Region ?? '', arn: primary.Arn ?? '', isPrimary: true }]),
    ...replicas.map(({ Region = '', Arn = '' }) => ({ region: Region, arn: Arn, isPrimary: false })),
  ]
}

/** The reason why replicas cannot be made of a key; undefined if they can. */
export function replicateFault(key: KeyMetadata): string | undefined {
  if (key.MultiRegionConfiguration?.MultiRegionKeyType !== 'PRIMARY')
    return 'Replicas are made of the primary key, in its Region.'
  if (key.KeyState === 'Updating' || key.KeyState === 'Creating') return 'The key is being changed.'
  return key.KeyState === 'PendingImport' ? 'The key has no key material yet.' : undefined
}

/** The reason why a different key cannot become the primary key; undefined if one can. */
export function changePrimaryFault(key: KeyMetadata): string | undefined {
  const fault = replicateFault(key)
  if (fault !== undefined) return fault
  return relatedKeys(key).length < 2 ? 'The key has no replicas.' : undefined
}

/** The Regions of a server that have no key of a multi-Region key yet. A partition has Regions of its own. */
export function freeRegions(key: KeyMetadata, regions: readonly string[]): string[] {
  const taken = relatedKeys(key).map(({ region }) => region)
  return regions.filter(region => !taken.includes(region))
}
