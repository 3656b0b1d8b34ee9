import type * as Iam from '@aws-sdk/client-iam'
import { queryCall } from '../call.ts'

/** The operations of IAM on access keys. */
export const iamAccessKeys = {
  createAccessKey: queryCall<Iam.CreateAccessKeyCommandInput, Iam.CreateAccessKeyCommandOutput>(
    'iam',
    'CreateAccessKey',
    { times: ['CreateDate'] },
  ),
  deleteAccessKey: queryCall<Iam.DeleteAccessKeyCommandInput, object>('iam', 'DeleteAccessKey'),
  getAccessKeyLastUsed: queryCall<
    Iam.GetAccessKeyLastUsedCommandInput,
    Iam.GetAccessKeyLastUsedCommandOutput
  >('iam', 'GetAccessKeyLastUsed', { times: ['LastUsedDate'] }),
  listAccessKeys: queryCall<Iam.ListAccessKeysCommandInput, Iam.ListAccessKeysCommandOutput>(
    'iam',
    'ListAccessKeys',
    { lists: ['AccessKeyMetadata'], times: ['CreateDate'], booleans: ['IsTruncated'] },
  ),
  updateAccessKey: queryCall<Iam.UpdateAccessKeyCommandInput, object>('iam', 'UpdateAccessKey'),
}
