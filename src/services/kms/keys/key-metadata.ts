import {
  type Algorithm,
  algorithmsOf,
  arnOf,
  earliestExpiry,
  isComplete,
  isMultiRegion,
  isSymmetric,
  type KeyMaterial,
  type KeyUsage,
  type KmsKey,
  membersOf,
} from '../../../domain/index.ts'
import type { Infer } from '../../../std/index.ts'
import type { keyMetadataType } from '../wire/shapes.ts'

export type KeyMetadata = Infer<typeof keyMetadataType>

/** The member that lists the algorithms of a key, for each usage. */
const algorithmLists = {
  ENCRYPT_DECRYPT: 'EncryptionAlgorithms',
  SIGN_VERIFY: 'SigningAlgorithms',
  GENERATE_VERIFY_MAC: 'MacAlgorithms',
  KEY_AGREEMENT: 'KeyAgreementAlgorithms',
  ENCAPSULATE_DECAPSULATE: 'EncapsulationAlgorithms',
} as const satisfies Record<KeyUsage, keyof KeyMetadata>

/** The one list of algorithms that a key has: that of its usage. */
export function renderAlgorithms(key: KmsKey): Pick<KeyMetadata, (typeof algorithmLists)[KeyUsage]> {
  const algorithms: readonly Algorithm[] = algorithmsOf(key)
  return { [algorithmLists[key.keyUsage]]: [...algorithms] }
}

/** `regions` are those of a multi-Region key's members, the primary's among them. */
export function renderKeyMetadata(
  key: KmsKey,
  materials: readonly KeyMaterial[],
  regions: readonly string[],
): KeyMetadata {
  return {
    AWSAccountId: key.accountId,
    KeyId: key.keyId,
    Arn: arnOf(key),
    CreationDate: key.createdAt,
    Enabled: key.keyState === 'Enabled',
    Description: key.description,
    KeyUsage: key.keyUsage,
    KeyState: key.keyState,
    DeletionDate: key.deletionAt,
    Origin: key.origin,
    KeyManager: key.keyManager,
    CustomerMasterKeySpec: key.keySpec,
    KeySpec: key.keySpec,
    ...renderAlgorithms(key),
    ...renderExpiration(key, materials),
    MultiRegion: isMultiRegion(key),
    MultiRegionConfiguration: isMultiRegion(key) ? renderMembers(key, regions) : undefined,
    PendingDeletionWindowInDays: key.pendingWindowDays,
    CurrentKeyMaterialId:
      isSymmetric(key) && key.keyState !== 'Creating' ? key.currentKeyMaterialId : undefined,
  }
}

/** Shown while imported key material is there; and while a replica is Creating, which has none yet (recorded from AWS). */
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
