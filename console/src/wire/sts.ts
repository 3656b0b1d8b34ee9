import type * as Sts from '@aws-sdk/client-sts'
import { queryCall } from './call.ts'

const times = { times: ['Expiration'] }

/** The operations of STS that the console calls. */
export const sts = {
  assumeRole: queryCall<Sts.AssumeRoleCommandInput, Sts.AssumeRoleCommandOutput>('sts', 'AssumeRole', times),
  assumeRoleWithWebIdentity: queryCall<
    Sts.AssumeRoleWithWebIdentityCommandInput,
    Sts.AssumeRoleWithWebIdentityCommandOutput
  >('sts', 'AssumeRoleWithWebIdentity', times),
  getCallerIdentity: queryCall<Sts.GetCallerIdentityCommandInput, Sts.GetCallerIdentityCommandOutput>(
    'sts',
    'GetCallerIdentity',
  ),
}
