import { service } from '../../operation/index.ts'
import { queryErrorCodes } from '../query-errors.ts'
import { DecodeAuthorizationMessage } from './callers/DecodeAuthorizationMessage.ts'
import { GetAccessKeyInfo } from './callers/GetAccessKeyInfo.ts'
import { GetCallerIdentity } from './callers/GetCallerIdentity.ts'
import { AssumeRole } from './sessions/AssumeRole.ts'
import { AssumeRoleWithWebIdentity } from './sessions/AssumeRoleWithWebIdentity.ts'
import { GetFederationToken } from './sessions/GetFederationToken.ts'
import { GetSessionToken } from './sessions/GetSessionToken.ts'
import { globalHost, requestDetails } from './wire/request-details.ts'

/** The service AWS Security Token Service (STS). */
export const sts = service({
  name: 'sts',
  eventSource: 'sts.amazonaws.com',
  protocol: 'query',
  isGlobal: true,
  globalHost,
  // Denied calls of AssumeRole have no parameters and no role in their records (recorded from AWS).
  records: { errorCodes: queryErrorCodes, hidesDenied: true, additionalEventData: requestDetails },
  apiVersion: '2011-06-15',
  xmlNamespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
  operations: [
    AssumeRole,
    AssumeRoleWithWebIdentity,
    DecodeAuthorizationMessage,
    GetAccessKeyInfo,
    GetCallerIdentity,
    GetFederationToken,
    GetSessionToken,
  ],
})
