export type { Credentials } from './credentials.ts'
export { Identities, type IdentitiesOptions, rootIdentity } from './identities.ts'
