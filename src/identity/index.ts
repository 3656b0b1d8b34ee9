export { AccessKeyLedger } from './access-key-ledger.ts'
export type { Credentials } from './credentials.ts'
export { Identities, type IdentitiesOptions } from './identities.ts'
export {
  findPolicyDocument,
  identityOfRole,
  identityOfUser,
  overrideTags,
  rootIdentity,
  serviceIdentity,
} from './identity-reader.ts'
export {
  fixedKeySet,
  type IssuerKeys,
  type KeySetSource,
  KeySetUnavailable,
  RemoteKeySet,
} from './key-set-source.ts'
export { identityOfSession, sessionFactsOf } from './session-identity.ts'
export {
  packedSizePercent,
  type Session,
  type SessionOwner,
  type SessionRequest,
  SessionTokens,
  sessionOfRole,
  type TemporaryCredentials,
} from './session-token.ts'
export { Sessions } from './sessions.ts'
export { type OidcIssuer, WebIdentities, type WebIdentity } from './web-identity.ts'
