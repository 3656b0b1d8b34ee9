import type * as Sts from '@aws-sdk/client-sts'
import { queryCall } from './call.ts'

/** The operations of STS on messages about denials. */
export const stsMessages = {
  decodeAuthorizationMessage: queryCall<
    Sts.DecodeAuthorizationMessageCommandInput,
    Sts.DecodeAuthorizationMessageCommandOutput
  >('sts', 'DecodeAuthorizationMessage'),
}
