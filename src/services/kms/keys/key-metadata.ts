import {
  type Algorithm,
  algorithmsOf,
  arnOf,
  earliestExpiry,
  isComplete,
  isMultiRegion,
  type KeyMaterial,
  type KeyUsage,
  type KmsKey,
  keyStoreIdOf,
  membersOf,
  namesMaterial,
} from '../../../domain/index.ts'
import type { ResolvedKey } from '../../../keys/index.ts'
import type { Infer } from '../../../std/index.ts'
import type { keyMetadataType } from '../wire/shapes.ts'

/** The KeyMetadata of answers. */
export type KeyMetadata = Infer<typeof keyMetadataType>

/** The member that lists the algorithms of a key, by key usage. */
const algorithmLists = {
  ENCRYPT_DECRYPT: 'EncryptionAlgorithms',
  SIGN_VERIFY: 'SigningAlgorithms',
  GENERATE_VERIFY_MAC: 'MacAlgorithms',
  KEY_AGREEMENT: 'KeyAgreementAlgorithms',
  ENCAPSULATE_DECAPSULATE: 'EncapsulationAlgorithms',
} as const satisfies Record<KeyUsage, keyof KeyMetadata>

/** The list of algorithms for the usage of a key. A key has one usage, so answers have one such list. */
export function renderAlgorithms(key: KmsKey): Pick<KeyMetadata, (typeof algorithmLists)[KeyUsage]> {
  const algorithms: readonly Algorithm[] = algorithmsOf(key)
  return { [algorithmLists[key.keyUsage]]: [...algorithms] }
}

/**
 * The metadata of a key. `regions` are the regions of a multi-Region key, the primary's included. `place` has the key's state as the API
 * shows it, which is the stored one for a key that is not in a custom key store.
 */
export function renderKeyMetadata(
  key: KmsKey,
  materials: readonly KeyMaterial[],
  regions: readonly string[],
  place: Pick<ResolvedKey, 'state' | 'cloudHsmClusterId'> = {
    state: key.keyState,
    cloudHsmClusterId: undefined,
  },
): KeyMetadata {
  const { state, cloudHsmClusterId } = place
  return {
    AWSAccountId: key.accountId,
    KeyId: key.keyId,
    Arn: arnOf(key),
    CreationDate: key.createdAt,
    Enabled: state === 'Enabled',
    Description: key.description,
    KeyUsage: key.keyUsage,
    KeyState: state,
    DeletionDate: key.deletionAt,
    Origin: key.origin,
    CustomKeyStoreId: keyStoreIdOf(key),
    CloudHsmClusterId: cloudHsmClusterId,
    XksKeyConfiguration: key.externalKey && { Id: key.externalKey.xksKeyId },
    KeyManager: key.keyManager,
    CustomerMasterKeySpec: key.keySpec,
    KeySpec: key.keySpec,
    ...renderAlgorithms(key),
    ...renderExpiration(key, materials),
    MultiRegion: isMultiRegion(key),
    MultiRegionConfiguration: isMultiRegion(key) ? renderMembers(key, regions) : undefined,
    PendingDeletionWindowInDays: key.pendingWindowDays,
    CurrentKeyMaterialId:
      namesMaterial(key) && key.keyState !== 'Creating' ? key.currentKeyMaterialId : undefined,
  }
}

/**
 * AWS shows the expiration while the imported key material is there, and also while a replica is Creating, although it
 * has none yet (recorded from AWS).
 */
function renderExpiration(key: KmsKey, materials: readonly KeyMaterial[]) {
  if (key.origin !== 'EXTERNAL') return {}
  if (!isComplete(materials) && key.keyState !== 'Creating') return {}
  const validTo = earliestExpiry(materials)
  return validTo === undefined
    ? { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' as const }
    : { ExpirationModel: 'KEY_MATERIAL_EXPIRES' as const, ValidTo: validTo }
}

function renderMembers(key: KmsKey, regions: readonly string[]) {
  const { type, primary, replicas } = membersOf(key, regions)
  const render = ({ arn, region }: typeof primary) => ({ Arn: arn, Region: region })
  return { MultiRegionKeyType: type, PrimaryKey: render(primary), ReplicaKeys: replicas.map(render) }
}
