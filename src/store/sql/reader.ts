import type { Kysely } from 'kysely'
import type { Reader } from '../contract/store.ts'
import { SqlAccessKeyReader } from './access-keys/reader.ts'
import { SqlAliasReader } from './aliases/reader.ts'
import type { Macs } from './authenticity/macs.ts'
import { SqlCustomKeyStoreReader } from './custom-key-stores/custom-key-stores.ts'
import { SqlGrantReader } from './grants/reader.ts'
import { SqlGroupReader } from './identities/groups.ts'
import { SqlPolicyReader } from './identities/policies.ts'
import { SqlRoleReader } from './identities/roles.ts'
import { SqlUserReader } from './identities/users.ts'
import { SqlKeyReader } from './keys/reader.ts'
import { SqlAccountAliasReader } from './providers/account-aliases.ts'
import { SqlInstanceProfileReader } from './providers/instance-profiles.ts'
import { SqlOidcProviderReader } from './providers/oidc-providers.ts'
import { SqlRewrapReader } from './rewrap/rewraps.ts'
import type { Schema } from './schema.ts'
import { SqlAccountReader } from './server/accounts.ts'
import { SqlDomainKeyReader } from './server/domain-keys.ts'
import { SqlOutboxReader } from './server/outbox.ts'
import { SqlRootKeyReader } from './server/root-keys.ts'
import { SqlSeedEntryReader } from './server/seed-entries.ts'
import { SqlTagReader } from './tags/reader.ts'
import { SqlTokenKeyReader } from './token-keys/token-keys.ts'
import { SqlAuditCursorReader } from './trails/audit-cursors.ts'
import { SqlSigningKeyReader } from './trails/signing-keys.ts'
import { SqlTrailChainReader } from './trails/trail-chains.ts'
import { SqlTrailReader } from './trails/trails.ts'
import { SqlWitnessedHeadReader } from './trails/witnessed-heads.ts'
import { SqlVpcEndpointReader } from './vpc-endpoints/vpc-endpoints.ts'

/** The reads of every aspect, in the portable subset of SQL. */
export function sqlReader(db: Kysely<Schema>, macs: Macs): Reader {
  return {
    keys: new SqlKeyReader(db, macs),
    customKeyStores: new SqlCustomKeyStoreReader(db, macs),
    tokenKeys: new SqlTokenKeyReader(db, macs),
    vpcEndpoints: new SqlVpcEndpointReader(db, macs),
    aliases: new SqlAliasReader(db, macs),
    tags: new SqlTagReader(db),
    grants: new SqlGrantReader(db, macs),
    users: new SqlUserReader(db, macs),
    groups: new SqlGroupReader(db, macs),
    roles: new SqlRoleReader(db, macs),
    policies: new SqlPolicyReader(db, macs),
    instanceProfiles: new SqlInstanceProfileReader(db, macs),
    oidcProviders: new SqlOidcProviderReader(db, macs),
    accountAliases: new SqlAccountAliasReader(db, macs),
    accessKeys: new SqlAccessKeyReader(db, macs),
    accounts: new SqlAccountReader(db, macs),
    domainKeys: new SqlDomainKeyReader(db),
    rootKeys: new SqlRootKeyReader(db),
    rewraps: new SqlRewrapReader(db, macs),
    outbox: new SqlOutboxReader(db),
    seedEntries: new SqlSeedEntryReader(db, macs),
    trails: new SqlTrailReader(db, macs),
    trailChains: new SqlTrailChainReader(db, macs),
    signingKeys: new SqlSigningKeyReader(db, macs),
    auditCursors: new SqlAuditCursorReader(db, macs),
    witnessedHeads: new SqlWitnessedHeadReader(db, macs),
  }
}
