import { type Kysely, sql, type Transaction } from 'kysely'
import type { ManagedPolicy, Page, PageRequest } from '../../../domain/index.ts'
import { inSlices } from '../../../std/index.ts'
import type { EntityName, PolicyEntities, PolicyReader, PolicyWriter } from '../../contract/identities.ts'
import type { Changes } from '../changes.ts'
import type { Schema } from '../schema.ts'
import { countOf, findNamed, listNamed } from './named.ts'
import { fromManagedPolicy, toManagedPolicy } from './rows.ts'

export class SqlPolicyReader implements PolicyReader {
  protected readonly db: Kysely<Schema>

  constructor(db: Kysely<Schema>) {
    this.db = db
  }

  async find(accountId: string, policyName: string): Promise<ManagedPolicy | undefined> {
    const row = await findNamed(this.db, 'iam_policies', accountId, policyName)
    return row && toManagedPolicy(row)
  }

  list(accountId: string, pathPrefix: string, page: PageRequest): Promise<Page<ManagedPolicy>> {
    return listNamed(this.db, 'iam_policies', toManagedPolicy, accountId, pathPrefix, page)
  }

  count(accountId: string): Promise<number> {
    return countOf(this.db, 'iam_policies', accountId)
  }

  /** Reads in slices, so that a policy which all users have holds the thread no longer than one of few. */
  async listEntities(accountId: string, policyArn: string): Promise<PolicyEntities> {
    const ids = await this.#attachedIds(accountId, policyArn)
    const isLimited = (table: 'users' | 'iam_roles') => this.#limitedIds(table, accountId, policyArn)
    return {
      users: await this.#namesOf('users', ids),
      groups: await this.#namesOf('iam_groups', ids),
      roles: await this.#namesOf('iam_roles', ids),
      boundaries: [
        ...ofType('User', await this.#namesOf('users', await isLimited('users'))),
        ...ofType('Role', await this.#namesOf('iam_roles', await isLimited('iam_roles'))),
      ],
    }
  }

  async #attachedIds(accountId: string, policyArn: string): Promise<string[]> {
    return await allIds(after =>
      this.db
        .selectFrom('iam_attachments')
        .select('entity_id as id')
        .where('account_id', '=', accountId)
        .where('policy_arn', '=', policyArn)
        .where('entity_id', '>', after)
        .orderBy('entity_id')
        .limit(idsPerRead)
        .execute(),
    )
  }

  async #limitedIds(table: 'users' | 'iam_roles', accountId: string, policyArn: string): Promise<string[]> {
    const id = table === 'users' ? 'user_id' : 'role_id'
    return await allIds(after =>
      this.db
        .selectFrom(table)
        .select(sql<string>`${sql.ref(id)}`.as('id'))
        .where('account_id', '=', accountId)
        .where('boundary_arn', '=', policyArn)
        .where(sql.ref(id), '>', after)
        .orderBy(sql.ref(id))
        .limit(idsPerRead)
        .execute(),
    )
  }

  /** Returns those of the ids that the table has, by name. */
  async #namesOf(table: keyof typeof nameColumns, ids: readonly string[]): Promise<EntityName[]> {
    const { id, name } = nameColumns[table]
    const found: (EntityName & { readonly key: string })[] = []
    await inSlices(ids, idsPerRead, async some => {
      const rows = await this.db
        .selectFrom(table)
        .select([
          sql<string>`${sql.ref(name)}`.as('name'),
          sql<string>`${sql.ref(id)}`.as('id'),
          'path',
          'name_key as key',
        ])
        .where(sql.ref(id), 'in', some)
        .execute()
      found.push(...rows)
    })
    return found.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ key: _, ...entity }) => entity)
  }

  async countAttachments(accountId: string, policyArn: string): Promise<number> {
    const row = await this.db
      .selectFrom('iam_attachments')
      .select(eb => eb.fn.countAll().as('count'))
      .where('account_id', '=', accountId)
      .where('policy_arn', '=', policyArn)
      .executeTakeFirstOrThrow()
    return Number(row.count)
  }

  async countBoundaries(accountId: string, policyArn: string): Promise<number> {
    let count = 0
    for (const table of ['users', 'iam_roles'] as const) {
      const row = await this.db
        .selectFrom(table)
        .select(eb => eb.fn.countAll().as('count'))
        .where('account_id', '=', accountId)
        .where('boundary_arn', '=', policyArn)
        .executeTakeFirstOrThrow()
      count += Number(row.count)
    }
    return count
  }
}

export class SqlPolicyWriter extends SqlPolicyReader implements PolicyWriter {
  readonly #changes: Changes

  constructor(db: Transaction<Schema>, changes: Changes) {
    super(db)
    this.#changes = changes
  }

  async insert(policy: ManagedPolicy): Promise<void> {
    await this.db.insertInto('iam_policies').values(fromManagedPolicy(policy)).execute()
    this.#changes.identity(policy.accountId)
  }

  async update(policy: ManagedPolicy): Promise<void> {
    await this.db
      .updateTable('iam_policies')
      .set(fromManagedPolicy(policy))
      .where('policy_id', '=', policy.policyId)
      .execute()
    this.#changes.identity(policy.accountId)
  }

  async delete({ accountId, policyId }: ManagedPolicy): Promise<void> {
    await this.db.deleteFrom('iam_policies').where('policy_id', '=', policyId).execute()
    this.#changes.identity(accountId)
  }
}

const ofType = (entityType: 'User' | 'Role', entities: readonly EntityName[]) =>
  entities.map(entity => ({ ...entity, entityType }))

const idsPerRead = 200

const nameColumns = {
  users: { id: 'user_id', name: 'user_name' },
  iam_groups: { id: 'group_id', name: 'group_name' },
  iam_roles: { id: 'role_id', name: 'role_name' },
} as const

/** Reads ids in their order, slice by slice. */
async function allIds(
  read: (after: string) => Promise<readonly { readonly id: string }[]>,
): Promise<string[]> {
  const ids: string[] = []
  for (;;) {
    const rows = await read(ids.at(-1) ?? '')
    ids.push(...rows.map(({ id }) => id))
    if (rows.length < idsPerRead) return ids
  }
}
