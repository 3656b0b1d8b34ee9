import { type Kysely, sql, type Transaction } from 'kysely'
import type { ManagedPolicy, Page, PageRequest } from '../../../domain/index.ts'
import { globalDomain } from '../../../domain/index.ts'
import { inSlices } from '../../../std/index.ts'
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
