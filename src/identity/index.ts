export { AccessKeyLedger } from './access-keys/access-key-ledger.ts'
export { Credentials, SigningSecret } from './access-keys/credentials.ts'
export { AuthorizationMessages } from './authorization-messages.ts'
export { Identities, type IdentitiesOptions } from './identities.ts'
export {
  findPolicyDocument,
  identityOfFoundUser,
  identityOfRole,
  rootIdentity,
  serviceIdentity,
} from './identity-reader.ts'
export {
  findIdentityByArn,
  findNamedIdentity,
  foreignIdentity,
  getNamedIdentity,
  type NamedPrincipal,
  newSession,
  parseNamedPrincipal,
} from './named-principal.ts'
export { areTagsTooLarge, packedSizePercent } from './sessions/packed-size.ts'
export { RoleLedger } from './sessions/role-ledger.ts'
export {
  type Session,
  type SessionOwner,
  type SessionRequest,
  SessionTokens,
  type SessionTokensOptions,
  sessionOfRole,
  type TemporaryCredentials,
} from './sessions/session-token.ts'
export { Sessions } from './sessions/sessions.ts'
export * from './unique-ids.ts'
export { JsonWebKeys, KeySetProblem } from './web/json-web-token.ts'
export {
  fixedKeySet,
  type KeySetSource,
  RemoteKeySet,
  type RemoteKeySetOptions,
} from './web/key-set-source.ts'
export { type OidcIssuer, WebIdentities, type WebIdentity } from './web/web-identity.ts'
