import { arnOf, factsOf, type KmsKey } from '../../domain/index.ts'
import type { Infer } from '../../std/index.ts'
import type { keyMetadataType } from './shapes.ts'

export type KeyMetadata = Infer<typeof keyMetadataType>

export function renderKeyMetadata(key: KmsKey): KeyMetadata {
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
    EncryptionAlgorithms: [...factsOf(key.keySpec).encryptionAlgorithms],
    MultiRegion: false,
    CurrentKeyMaterialId: key.currentKeyMaterialId,
  }
}
