import type { Transaction } from 'kysely'
import type { Writer } from '../contract/store.ts'
import { SqlAccessKeyWriter } from './access-keys/writer.ts'
import { SqlAliasWriter } from './aliases/writer.ts'
import type { Changes } from './changes.ts'
import { SqlCustomKeyStoreWriter } from './custom-key-stores/custom-key-stores.ts'
import { SqlGrantWriter } from './grants/writer.ts'
import { SqlGroupWriter } from './identities/groups.ts'
import { SqlPolicyWriter } from './identities/policies.ts'
import { SqlRoleWriter } from './identities/roles.ts'
import { SqlUserWriter } from './identities/users.ts'
import { SqlKeyWriter } from './keys/writer.ts'
import { SqlAccountAliasWriter } from './providers/account-aliases.ts'
import { SqlInstanceProfileWriter } from './providers/instance-profiles.ts'
import { SqlOidcProviderWriter } from './providers/oidc-providers.ts'
import { SqlRewrapWriter } from './rewrap/rewraps.ts'
import type { Schema } from './schema.ts'
import { SqlAccountWriter } from './server/accounts.ts'
import { SqlDomainKeyWriter } from './server/domain-keys.ts'
import { SqlOutboxWriter } from './server/outbox.ts'
import { SqlRootKeyWriter } from './server/root-keys.ts'
import { SqlSeedEntryWriter } from './server/seed-entries.ts'
import { SqlTagWriter } from './tags/writer.ts'
import { SqlTokenKeyWriter } from './token-keys/token-keys.ts'
import { SqlAuditCursorWriter } from './trails/audit-cursors.ts'
import { SqlSigningKeyWriter } from './trails/signing-keys.ts'
import { SqlTrailChainWriter } from './trails/trail-chains.ts'
import { SqlTrailWriter } from './trails/trails.ts'
import { SqlWitnessedHeadWriter } from './trails/witnessed-heads.ts'
import { SqlVpcEndpointWriter } from './vpc-endpoints/vpc-endpoints.ts'

/** The reads and writes of every aspect in one transaction. The writes record in `changes` what they change. */
export function sqlWriter(db: Transaction<Schema>, changes: Changes): Writer {
  return {
    keys: new SqlKeyWriter(db, changes),
    customKeyStores: new SqlCustomKeyStoreWriter(db, changes),
    tokenKeys: new SqlTokenKeyWriter(db, changes),
    vpcEndpoints: new SqlVpcEndpointWriter(db, changes),
    aliases: new SqlAliasWriter(db, changes),
    tags: new SqlTagWriter(db, changes),
    grants: new SqlGrantWriter(db, changes),
    users: new SqlUserWriter(db, changes),
    groups: new SqlGroupWriter(db, changes),
    roles: new SqlRoleWriter(db, changes),
    policies: new SqlPolicyWriter(db, changes),
    instanceProfiles: new SqlInstanceProfileWriter(db, changes),
    oidcProviders: new SqlOidcProviderWriter(db, changes),
    accountAliases: new SqlAccountAliasWriter(db, changes),
    accessKeys: new SqlAccessKeyWriter(db, changes),
    accounts: new SqlAccountWriter(db, changes),
    domainKeys: new SqlDomainKeyWriter(db, changes),
    rootKeys: new SqlRootKeyWriter(db, changes),
    rewraps: new SqlRewrapWriter(db, changes),
    outbox: new SqlOutboxWriter(db),
    seedEntries: new SqlSeedEntryWriter(db, changes),
    trails: new SqlTrailWriter(db, changes),
    trailChains: new SqlTrailChainWriter(db, changes),
    signingKeys: new SqlSigningKeyWriter(db, changes),
    auditCursors: new SqlAuditCursorWriter(db, changes),
    witnessedHeads: new SqlWitnessedHeadWriter(db, changes),
  }
}
