import type { Transaction } from 'kysely'
import type { KeyMaterial, KeyRecord, KmsKey, Scope } from '../../../domain/index.ts'
import { otherWork } from '../../../std/index.ts'
import type { KeyUsageRecord, KeyWriter } from '../../contract/keys.ts'
import { listAliasNames } from '../aliases/reader.ts'
import { changeEntities, renewMac } from '../authenticity/changed-entities.ts'
import type { Changes } from '../changes.ts'
import { deleteKeyPrincipals, putKeyPrincipals } from '../identities/policy-principals.ts'
import { refuseRetired } from '../rewrap/guard.ts'
import type { Schema } from '../schema.ts'
import { keyColumnNames, keyColumns } from '../scope.ts'
import { deleteCounts } from '../token-keys/token-keys.ts'
import { keyParts, labelsParts } from './key-macs.ts'
import { SqlKeyReader } from './reader.ts'
import { fromKey, fromMaterialState, fromMutableOf, type KeyRow } from './rows.ts'

/** A grant takes about thirty microseconds to delete, in its table and in its indexes. */
const grantsPerSlice = 100

export class SqlKeyWriter extends SqlKeyReader implements KeyWriter {
  readonly #changes: Changes

  constructor(db: Transaction<Schema>, changes: Changes) {
    super(db, changes.macs)
    this.#changes = changes
  }

  async insert({ key, policy, materials }: KeyRecord): Promise<void> {
    await this.#refuseRetired(key, materials)
    await this.db
      .insertInto('kms_keys')
      .values({ ...fromKey(key, policy), mac: null, labels_mac: null })
      .execute()
    await putKeyPrincipals(this.db, this.#changes, key, key.keyId, policy)
    for (const [sequence, material] of materials.entries()) {
      await this.db
        .insertInto('key_materials')
        .values({
          ...keyColumns(key, key.keyId),
          key_material_id: material.keyMaterialId,
          sequence,
          created_at: material.createdAt,
          ...fromMaterialState(material),
        })
        .execute()
    }
    await renewMac(this.#changes, keyParts(this.db, key, key.keyId))
    await renewMac(this.#changes, labelsParts(this.db, key, key.keyId))
    this.#changes.key(key, key.keyId)
  }

  async update(key: KmsKey): Promise<void> {
    await this.#updateRow(key, key.keyId, fromMutableOf(key))
  }

  async setPolicy(scope: Scope, keyId: string, policy: string): Promise<void> {
    await this.#updateRow(scope, keyId, { policy })
    await putKeyPrincipals(this.db, this.#changes, scope, keyId, policy)
  }

  async putMaterial(scope: Scope, keyId: string, material: KeyMaterial): Promise<void> {
    await this.#refuseRetired(scope, [material])
    const values = fromMaterialState(material)
    const put = this.db
      .insertInto('key_materials')
      .values({
        ...keyColumns(scope, keyId),
        key_material_id: material.keyMaterialId,
        sequence: await this.#nextSequence(scope, keyId),
        created_at: material.createdAt,
        ...values,
      })
      .onConflict(conflict => conflict.columns([...keyColumnNames, 'key_material_id']).doUpdateSet(values))
    await this.#erasing(scope, keyId, () =>
      changeEntities(this.#changes, [keyParts(this.db, scope, keyId)], () => put.execute()),
    )
    this.#changes.key(scope, keyId)
  }

  async deleteMaterial(scope: Scope, keyId: string, keyMaterialId: string): Promise<void> {
    const deletion = this.db
      .deleteFrom('key_materials')
      .where('account_id', '=', scope.accountId)
      .where('region', '=', scope.region)
      .where('key_id', '=', keyId)
      .where('key_material_id', '=', keyMaterialId)
    await this.#erasing(scope, keyId, () =>
      changeEntities(this.#changes, [keyParts(this.db, scope, keyId)], () => deletion.execute()),
    )
    this.#changes.key(scope, keyId)
  }

  async delete(scope: Scope, keyId: string): Promise<void> {
    const aliasNames = await listAliasNames(this.db, scope, keyId)
    await this.#deleteGrants(scope, keyId)
    await deleteKeyPrincipals(this.db, this.#changes, scope, keyId)
    await deleteCounts(this.db, this.#changes, keyColumns(scope, keyId))
    await this.#removeMacs(scope, keyId)
    // The database deletes the key's materials, aliases, tags and last use together with the key's row.
    const deletion = this.db
      .deleteFrom('kms_keys')
      .where('account_id', '=', scope.accountId)
      .where('region', '=', scope.region)
      .where('key_id', '=', keyId)
    await this.#erasing(scope, keyId, () => deletion.execute())
    this.#changes.keyGone(scope, keyId)
    for (const aliasName of aliasNames) this.#changes.alias(scope, aliasName, [keyId])
  }

  /** Deletes the grants of a key in slices, because one statement would hold the thread for all of them. */
  async #deleteGrants({ accountId, region }: Scope, keyId: string): Promise<void> {
    for (;;) {
      const ofKey = this.db
        .selectFrom('grants')
        .select('grant_id')
        .where('account_id', '=', accountId)
        .where('region', '=', region)
        .where('key_id', '=', keyId)
      const slice = await ofKey.orderBy('grant_id').limit(grantsPerSlice).execute()
      const last = slice.at(-1)
      if (last === undefined) return
      const deletion = this.db
        .deleteFrom('grants')
        .where('account_id', '=', accountId)
        .where('region', '=', region)
        .where('key_id', '=', keyId)
        .where('grant_id', '<=', last.grant_id)
      this.#changes.removed(region, await deletion.returning('mac').execute())
      await otherWork()
    }
  }

  async putUsages(usages: readonly KeyUsageRecord[]): Promise<void> {
    for (const { scope, keyId, operation, usedAt, eventId, requestId } of usages) {
      if (!(await this.#hasKey(scope, keyId))) continue
      const values = { operation, used_at: usedAt, event_id: eventId, request_id: requestId }
      await this.db
        .insertInto('key_usages')
        .values({ ...keyColumns(scope, keyId), ...values })
        .onConflict(conflict => conflict.columns([...keyColumnNames]).doUpdateSet(values))
        .execute()
    }
  }

  async #hasKey(scope: Scope, keyId: string): Promise<boolean> {
    const row = await this.db
      .selectFrom('kms_keys')
      .select('key_id')
      .where('account_id', '=', scope.accountId)
      .where('region', '=', scope.region)
      .where('key_id', '=', keyId)
      .executeTakeFirst()
    return row !== undefined
  }

  async #updateRow(scope: Scope, keyId: string, values: Partial<KeyRow>): Promise<void> {
    const update = this.db
      .updateTable('kms_keys')
      .set(values)
      .where('account_id', '=', scope.accountId)
      .where('region', '=', scope.region)
      .where('key_id', '=', keyId)
    await changeEntities(this.#changes, [keyParts(this.db, scope, keyId)], () => update.execute())
    this.#changes.key(scope, keyId)
  }

  /** Removes the MACs of a key, and of its labels and aliases, from the digest of the Region's entities. */
  async #removeMacs(scope: Scope, keyId: string): Promise<void> {
    const ofKey = { account_id: scope.accountId, region: scope.region }
    const keys = await this.db
      .selectFrom('kms_keys')
      .select(['mac', 'labels_mac'])
      .where(eb => eb.and({ ...ofKey, key_id: keyId }))
      .execute()
    const aliases = await this.db
      .selectFrom('aliases')
      .select('mac')
      .where(eb => eb.and({ ...ofKey, target_key_id: keyId }))
      .execute()
    const labels = keys.map(({ labels_mac: mac }) => ({ mac }))
    this.#changes.removed(scope.region, [...keys, ...labels, ...aliases])
  }

  /** Returns the position after the last key material. Positions have gaps where materials were deleted. */
  async #nextSequence(scope: Scope, keyId: string): Promise<number> {
    const { last } = await this.db
      .selectFrom('key_materials')
      .select(({ fn }) => fn.max('sequence').as('last'))
      .where('account_id', '=', scope.accountId)
      .where('region', '=', scope.region)
      .where('key_id', '=', keyId)
      .executeTakeFirstOrThrow()
    return last === null ? 0 : last + 1
  }

  async #refuseRetired({ region }: Scope, materials: readonly KeyMaterial[]): Promise<void> {
    const tokens = materials.flatMap(({ keyToken, publicKeyToken }) => [keyToken, publicKeyToken])
    await refuseRetired(this.db, this.#changes.macs, region, tokens)
  }

  /** Makes `change` and records the tokens that no member of the key has any more after it. */
  async #erasing(scope: Scope, keyId: string, change: () => Promise<unknown>): Promise<void> {
    const before = await this.#tokensOf(scope, keyId)
    await change()
    const after = await this.#tokensOf(scope, keyId)
    const erased = before.filter(token => !after.some(kept => Buffer.compare(kept, token) === 0))
    this.#changes.erased.push(...erased)
  }

  async #tokensOf({ accountId }: Scope, keyId: string): Promise<Uint8Array[]> {
    return (await this.findMembers(accountId, keyId))
      .flatMap(({ materials }) => materials)
      .flatMap(({ keyToken, publicKeyToken }) => [keyToken, publicKeyToken])
      .filter(token => token !== undefined)
  }
}
