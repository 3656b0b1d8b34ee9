import type * as Kms from '@aws-sdk/client-kms'
import { type CallOptions, callJson } from './call.ts'

type Call<I, O> = (input: I, options?: CallOptions) => Promise<O>

const call =
  <I extends object, O>(operation: string): Call<I, O> =>
  (input, options) =>
    callJson<O>('kms', operation, input, options)

/** The operations of AWS KMS that the console calls, in the order of their names. */
export const kms = {
  createAlias: call<Kms.CreateAliasCommandInput, object>('CreateAlias'),
  createKey: call<Kms.CreateKeyCommandInput, Kms.CreateKeyCommandOutput>('CreateKey'),
  deleteAlias: call<Kms.DeleteAliasCommandInput, object>('DeleteAlias'),
  describeKey: call<Kms.DescribeKeyCommandInput, Kms.DescribeKeyCommandOutput>('DescribeKey'),
  disableKey: call<Kms.DisableKeyCommandInput, object>('DisableKey'),
  enableKey: call<Kms.EnableKeyCommandInput, object>('EnableKey'),
  getKeyPolicy: call<Kms.GetKeyPolicyCommandInput, Kms.GetKeyPolicyCommandOutput>('GetKeyPolicy'),
  getPublicKey: call<Kms.GetPublicKeyCommandInput, Kms.GetPublicKeyCommandOutput>('GetPublicKey'),
  listAliases: call<Kms.ListAliasesCommandInput, Kms.ListAliasesCommandOutput>('ListAliases'),
  listResourceTags: call<Kms.ListResourceTagsCommandInput, Kms.ListResourceTagsCommandOutput>(
    'ListResourceTags',
  ),
  tagResource: call<Kms.TagResourceCommandInput, object>('TagResource'),
  untagResource: call<Kms.UntagResourceCommandInput, object>('UntagResource'),
  updateAlias: call<Kms.UpdateAliasCommandInput, object>('UpdateAlias'),
  updateKeyDescription: call<Kms.UpdateKeyDescriptionCommandInput, object>('UpdateKeyDescription'),
}
