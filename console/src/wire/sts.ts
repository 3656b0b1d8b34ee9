import type * as Sts from '@aws-sdk/client-sts'
import { queryCall } from './call.ts'

/** The operations of STS that the console calls. */
export const sts = {
  getCallerIdentity: queryCall<Sts.GetCallerIdentityCommandInput, Sts.GetCallerIdentityCommandOutput>(
    'sts',
    'GetCallerIdentity',
  ),
}
