import { service } from '../../operation/index.ts'
import { CreateAlias } from './aliases/CreateAlias.ts'
import { DeleteAlias } from './aliases/DeleteAlias.ts'
import { ListAliases } from './aliases/ListAliases.ts'
import { UpdateAlias } from './aliases/UpdateAlias.ts'
import { conditionKeys } from './condition-keys.ts'
import { ConnectCustomKeyStore } from './custom-key-stores/ConnectCustomKeyStore.ts'
import { CreateCustomKeyStore } from './custom-key-stores/CreateCustomKeyStore.ts'
import { DeleteCustomKeyStore } from './custom-key-stores/DeleteCustomKeyStore.ts'
import { DescribeCustomKeyStores } from './custom-key-stores/DescribeCustomKeyStores.ts'
import { DisconnectCustomKeyStore } from './custom-key-stores/DisconnectCustomKeyStore.ts'
import { UpdateCustomKeyStore } from './custom-key-stores/UpdateCustomKeyStore.ts'
import { GenerateDataKey } from './data-keys/GenerateDataKey.ts'
import { GenerateDataKeyPair } from './data-keys/GenerateDataKeyPair.ts'
import { GenerateDataKeyPairWithoutPlaintext } from './data-keys/GenerateDataKeyPairWithoutPlaintext.ts'
import { GenerateDataKeyWithoutPlaintext } from './data-keys/GenerateDataKeyWithoutPlaintext.ts'
import { GenerateRandom } from './data-keys/GenerateRandom.ts'
import { Decrypt } from './encryption/Decrypt.ts'
import { Encrypt } from './encryption/Encrypt.ts'
import { ReEncrypt } from './encryption/ReEncrypt.ts'
import { CreateGrant } from './grants/CreateGrant.ts'
import { ListGrants } from './grants/ListGrants.ts'
import { ListRetirableGrants } from './grants/ListRetirableGrants.ts'
import { RetireGrant } from './grants/RetireGrant.ts'
import { RevokeGrant } from './grants/RevokeGrant.ts'
import { Decapsulate } from './key-agreement/Decapsulate.ts'
import { DeriveSharedSecret } from './key-agreement/DeriveSharedSecret.ts'
import { Encapsulate } from './key-agreement/Encapsulate.ts'
import { DeleteImportedKeyMaterial } from './key-material/DeleteImportedKeyMaterial.ts'
import { GetParametersForImport } from './key-material/GetParametersForImport.ts'
import { ImportKeyMaterial } from './key-material/ImportKeyMaterial.ts'
import { GetKeyPolicy } from './key-policies/GetKeyPolicy.ts'
import { ListKeyPolicies } from './key-policies/ListKeyPolicies.ts'
import { PutKeyPolicy } from './key-policies/PutKeyPolicy.ts'
import { CancelKeyDeletion } from './keys/CancelKeyDeletion.ts'
import { CreateKey } from './keys/CreateKey.ts'
import { DescribeKey } from './keys/DescribeKey.ts'
import { DisableKey } from './keys/DisableKey.ts'
import { EnableKey } from './keys/EnableKey.ts'
import { GetKeyLastUsage } from './keys/GetKeyLastUsage.ts'
import { GetPublicKey } from './keys/GetPublicKey.ts'
import { ListKeys } from './keys/ListKeys.ts'
import { ScheduleKeyDeletion } from './keys/ScheduleKeyDeletion.ts'
import { UpdateKeyDescription } from './keys/UpdateKeyDescription.ts'
import { GenerateMac } from './macs/GenerateMac.ts'
import { VerifyMac } from './macs/VerifyMac.ts'
import { ReplicateKey } from './multi-region/ReplicateKey.ts'
import { UpdatePrimaryRegion } from './multi-region/UpdatePrimaryRegion.ts'
import { requestQuotas } from './request-quotas.ts'
import { DisableKeyRotation } from './rotation/DisableKeyRotation.ts'
import { EnableKeyRotation } from './rotation/EnableKeyRotation.ts'
import { GetKeyRotationStatus } from './rotation/GetKeyRotationStatus.ts'
import { ListKeyRotations } from './rotation/ListKeyRotations.ts'
import { RotateKeyOnDemand } from './rotation/RotateKeyOnDemand.ts'
import { Sign } from './signing/Sign.ts'
import { Verify } from './signing/Verify.ts'
import { ListResourceTags } from './tags/ListResourceTags.ts'
import { TagResource } from './tags/TagResource.ts'
import { UntagResource } from './tags/UntagResource.ts'

/** AWS Key Management Service: all its operations. Their doc sentences follow AWS's API reference. */
export const kms = service({
  name: 'kms',
  eventSource: 'kms.amazonaws.com',
  protocol: 'json',
  targetPrefix: 'TrentService',
  acceptsForwarded: true,
  requestQuotas,
  conditionKeys,
  operations: [
    CancelKeyDeletion,
    ConnectCustomKeyStore,
    CreateAlias,
    CreateCustomKeyStore,
    CreateGrant,
    CreateKey,
    Decapsulate,
    Decrypt,
    DeleteAlias,
    DeleteCustomKeyStore,
    DeleteImportedKeyMaterial,
    DeriveSharedSecret,
    DescribeCustomKeyStores,
    DescribeKey,
    DisableKey,
    DisableKeyRotation,
    DisconnectCustomKeyStore,
    EnableKey,
    EnableKeyRotation,
    Encapsulate,
    Encrypt,
    GenerateDataKey,
    GenerateDataKeyPair,
    GenerateDataKeyPairWithoutPlaintext,
    GenerateDataKeyWithoutPlaintext,
    GenerateMac,
    GenerateRandom,
    GetKeyLastUsage,
    GetKeyPolicy,
    GetKeyRotationStatus,
    GetParametersForImport,
    GetPublicKey,
    ImportKeyMaterial,
    ListAliases,
    ListGrants,
    ListKeyPolicies,
    ListKeyRotations,
    ListKeys,
    ListResourceTags,
    ListRetirableGrants,
    PutKeyPolicy,
    ReEncrypt,
    ReplicateKey,
    RetireGrant,
    RevokeGrant,
    RotateKeyOnDemand,
    ScheduleKeyDeletion,
    Sign,
    TagResource,
    UntagResource,
    UpdateAlias,
    UpdateCustomKeyStore,
    UpdateKeyDescription,
    UpdatePrimaryRegion,
    Verify,
    VerifyMac,
  ],
})

export { AwsManagedKeys } from './keys/managed-keys.ts'
