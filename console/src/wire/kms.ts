import type * as Kms from '@aws-sdk/client-kms'
import { type Call, jsonCall } from './call.ts'
import type { JsonTypes } from './json-members.ts'

function call<I extends object, O>(operation: string, types?: JsonTypes): Call<I, O> {
  return jsonCall<I, O>('kms', operation, types)
}

/** The times of a key's metadata, at a path in an answer. */
export const metadataTimes = (path: string) =>
  ['CreationDate', 'DeletionDate', 'ValidTo'].map(name => `${path}.${name}`)

const aliasTimes = ['Aliases[].CreationDate', 'Aliases[].LastUpdatedDate']

/** The operations of AWS KMS that the console calls, in the order of their names. */
export const kms = {
  createAlias: call<Kms.CreateAliasCommandInput, object>('CreateAlias'),
  createKey: call<Kms.CreateKeyCommandInput, Kms.CreateKeyCommandOutput>('CreateKey', {
    times: metadataTimes('KeyMetadata'),
  }),
  deleteAlias: call<Kms.DeleteAliasCommandInput, object>('DeleteAlias'),
  describeKey: call<Kms.DescribeKeyCommandInput, Kms.DescribeKeyCommandOutput>('DescribeKey', {
    times: metadataTimes('KeyMetadata'),
  }),
  disableKey: call<Kms.DisableKeyCommandInput, object>('DisableKey'),
  enableKey: call<Kms.EnableKeyCommandInput, object>('EnableKey'),
  getKeyLastUsage: call<Kms.GetKeyLastUsageCommandInput, Kms.GetKeyLastUsageCommandOutput>(
    'GetKeyLastUsage',
    {
      times: ['KeyLastUsage.Timestamp', 'TrackingStartDate', 'KeyCreationDate'],
    },
  ),
  getKeyPolicy: call<Kms.GetKeyPolicyCommandInput, Kms.GetKeyPolicyCommandOutput>('GetKeyPolicy'),
  getPublicKey: call<Kms.GetPublicKeyCommandInput, Kms.GetPublicKeyCommandOutput>('GetPublicKey', {
    blobs: ['PublicKey'],
  }),
  listAliases: call<Kms.ListAliasesCommandInput, Kms.ListAliasesCommandOutput>('ListAliases', {
    times: aliasTimes,
  }),
  listResourceTags: call<Kms.ListResourceTagsCommandInput, Kms.ListResourceTagsCommandOutput>(
    'ListResourceTags',
  ),
  tagResource: call<Kms.TagResourceCommandInput, object>('TagResource'),
  untagResource: call<Kms.UntagResourceCommandInput, object>('UntagResource'),
  updateAlias: call<Kms.UpdateAliasCommandInput, object>('UpdateAlias'),
  updateKeyDescription: call<Kms.UpdateKeyDescriptionCommandInput, object>('UpdateKeyDescription'),
}
