import type { Kysely, Transaction } from 'kysely'
import type { ManagedPolicy, Page, PageRequest } from '../../../domain/index.ts'
import { globalDomain } from '../../contract/authenticator.ts'
import type {
  EntityName,
  PolicyEntities,
  PolicyReader,
  PolicyUses,
  PolicyWriter,
} from '../../contract/identities.ts'
import type { Macs } from '../authenticity/macs.ts'
import type { Changes } from '../changes.ts'
import type { Schema } from '../schema.ts'
import { countOf, findNamed, listNamed } from './named.ts'
import { fromManagedPolicy, managedPolicyRows } from './rows.ts'

export class SqlPolicyReader implements PolicyReader {
  protected readonly db: Kysely<Schema>
  readonly #macs: Macs

  constructor(db: Kysely<Schema>, macs: Macs) {
    this.db = db
    this.#macs = macs
  }

  async find(accountId: string, policyName: string): Promise<ManagedPolicy | undefined> {
    const row = await findNamed(this.db, 'iam_policies', accountId, policyName)
    return row && this.#macs.read(managedPolicyRows, row)
  }

  list(accountId: string, pathPrefix: string, page: PageRequest): Promise<Page<ManagedPolicy>> {
    return listNamed(this.db, this.#macs, 'iam_policies', managedPolicyRows, accountId, pathPrefix, page)
  }

  count(accountId: string): Promise<number> {
    return countOf(this.db, 'iam_policies', accountId)
  }

  async listEntities(accountId: string, policyArn: string): Promise<PolicyEntities> {
    const attached = this.db
      .selectFrom('iam_attachments')
      .select('entity_id')
      .where('account_id', '=', accountId)
      .where('policy_arn', '=', policyArn)
    const users = this.db
      .selectFrom('users')
      .select(['user_name as name', 'user_id as id', 'path'])
      .orderBy('name_key')
    const groups = this.db
      .selectFrom('iam_groups')
      .select(['group_name as name', 'group_id as id', 'path'])
      .orderBy('name_key')
    const roles = this.db
      .selectFrom('iam_roles')
      .select(['role_name as name', 'role_id as id', 'path'])
      .orderBy('name_key')
    const isIn = ['account_id', '=', accountId] as const
    const isLimited = ['boundary_arn', '=', policyArn] as const
    const limitedUsers = users.where(...isIn).where(...isLimited)
    const limitedRoles = roles.where(...isIn).where(...isLimited)
    return {
      users: await users.where('user_id', 'in', attached).execute(),
      groups: await groups.where('group_id', 'in', attached).execute(),
      roles: await roles.where('role_id', 'in', attached).execute(),
      boundaries: [
        ...ofType('User', await limitedUsers.execute()),
        ...ofType('Role', await limitedRoles.execute()),
      ],
    }
  }

  async countUses(
    accountId: string,
    policyArns: readonly string[],
  ): Promise<ReadonlyMap<string, PolicyUses>> {
    if (policyArns.length === 0) return new Map()
    const attached = await this.db
      .selectFrom('iam_attachments')
      .select(['policy_arn as arn', eb => eb.fn.countAll().as('count')])
      .where('account_id', '=', accountId)
      .where('policy_arn', 'in', policyArns)
      .groupBy('policy_arn')
      .execute()
    const uses = new Map(
      attached.map(({ arn, count }) => [arn, { attachments: Number(count), boundaries: 0 }]),
    )
    for (const table of ['users', 'iam_roles'] as const) {
      const limited = await this.db
        .selectFrom(table)
        .select(['boundary_arn as arn', eb => eb.fn.countAll().as('count')])
        .where('account_id', '=', accountId)
        .where('boundary_arn', 'in', policyArns)
        .groupBy('boundary_arn')
        .execute()
      for (const { arn, count } of limited) {
        if (arn === null) continue
        const { attachments, boundaries } = uses.get(arn) ?? { attachments: 0, boundaries: 0 }
        uses.set(arn, { attachments, boundaries: boundaries + Number(count) })
      }
    }
    return uses
  }
}

export class SqlPolicyWriter extends SqlPolicyReader implements PolicyWriter {
  readonly #changes: Changes

  constructor(db: Transaction<Schema>, changes: Changes) {
    super(db, changes.macs)
    this.#changes = changes
  }

  async insert(policy: ManagedPolicy): Promise<void> {
    await this.db
      .insertInto('iam_policies')
      .values(this.#changes.inserted(managedPolicyRows, fromManagedPolicy(policy)))
      .execute()
    this.#changes.identity(policy.accountId)
  }

  async update(policy: ManagedPolicy): Promise<void> {
    const before = await this.#rowOf(policy.policyId)
    if (before === undefined) return
    const values = this.#changes.replaced(managedPolicyRows, before, fromManagedPolicy(policy))
    await this.db.updateTable('iam_policies').set(values).where('policy_id', '=', policy.policyId).execute()
    this.#changes.identity(policy.accountId)
  }

  async delete({ accountId, policyId }: ManagedPolicy): Promise<void> {
    const rows = await this.db
      .deleteFrom('iam_policies')
      .where('policy_id', '=', policyId)
      .returning('mac')
      .execute()
    this.#changes.removed(globalDomain, rows)
    this.#changes.identity(accountId)
  }

  async #rowOf(policyId: string) {
    return await this.db
      .selectFrom('iam_policies')
      .selectAll()
      .where('policy_id', '=', policyId)
      .executeTakeFirst()
  }
}

const ofType = (entityType: 'User' | 'Role', entities: readonly EntityName[]) =>
  entities.map(entity => ({ ...entity, entityType }))
