import { service } from '../../pipeline/index.ts'
import { CancelKeyDeletion } from './CancelKeyDeletion.ts'
import { CreateAlias } from './CreateAlias.ts'
import { CreateKey } from './CreateKey.ts'
import { Decrypt } from './Decrypt.ts'
import { DeleteAlias } from './DeleteAlias.ts'
import { DescribeKey } from './DescribeKey.ts'
import { DisableKey } from './DisableKey.ts'
import { EnableKey } from './EnableKey.ts'
import { Encrypt } from './Encrypt.ts'
import { GenerateDataKey } from './GenerateDataKey.ts'
import { GenerateDataKeyWithoutPlaintext } from './GenerateDataKeyWithoutPlaintext.ts'
import { GenerateRandom } from './GenerateRandom.ts'
import { GetKeyPolicy } from './GetKeyPolicy.ts'
import { ListAliases } from './ListAliases.ts'
import { ListKeyPolicies } from './ListKeyPolicies.ts'
import { ListKeys } from './ListKeys.ts'
import { ListResourceTags } from './ListResourceTags.ts'
import { PutKeyPolicy } from './PutKeyPolicy.ts'
import { ReEncrypt } from './ReEncrypt.ts'
import { ScheduleKeyDeletion } from './ScheduleKeyDeletion.ts'
import { TagResource } from './TagResource.ts'
import { UntagResource } from './UntagResource.ts'
import { UpdateAlias } from './UpdateAlias.ts'
import { UpdateKeyDescription } from './UpdateKeyDescription.ts'

/** AWS Key Management Service. */
export const kms = service({
  name: 'kms',
  eventSource: 'kms.amazonaws.com',
  targetPrefix: 'TrentService',
  operations: [
    CancelKeyDeletion,
    CreateAlias,
    CreateKey,
    Decrypt,
    DeleteAlias,
    DescribeKey,
    DisableKey,
    EnableKey,
    Encrypt,
    GenerateDataKey,
    GenerateDataKeyWithoutPlaintext,
    GenerateRandom,
    GetKeyPolicy,
    ListAliases,
    ListKeyPolicies,
    ListKeys,
    ListResourceTags,
    PutKeyPolicy,
    ReEncrypt,
    ScheduleKeyDeletion,
    TagResource,
    UntagResource,
    UpdateAlias,
    UpdateKeyDescription,
  ],
})

export { operationsNotBuilt } from './not-built.ts'
