import type { Kysely } from 'kysely'
import { keyArn, type Scope } from '../../../domain/index.ts'
import type { KeyLabels } from '../../contract/keys.ts'
import { listAliasNames } from '../aliases/reader.ts'
import { atOneMoment } from '../authenticity/at-one-moment.ts'
import type { AuthenticEntity } from '../authenticity/macs.ts'
import type { Schema } from '../schema.ts'
import { tagsOf } from '../tags/reader.ts'

// The tags and alias names of a key have a MAC together, because conditions of policies decide by all of them: a Deny for
// keys with a tag must not end when the tag's row is removed.

/** The labels of a key with their MAC. */
interface StoredLabels {
  readonly labels: KeyLabels
  readonly mac: Uint8Array | null
}

/** Reads the labels of a key; undefined if there is no such key. */
export function readLabels(
  db: Kysely<Schema>,
  scope: Scope,
  keyId: string,
): Promise<StoredLabels | undefined> {
  return atOneMoment(db, async reading => {
    const key = await reading
      .selectFrom('kms_keys')
      .select('labels_mac')
      .where('account_id', '=', scope.accountId)
      .where('region', '=', scope.region)
      .where('key_id', '=', keyId)
      .executeTakeFirst()
    if (key === undefined) return undefined
    const tags = await tagsOf(reading, scope, keyId).execute()
    const aliasNames = await listAliasNames(reading, scope, keyId)
    return { labels: { tags, aliasNames }, mac: key.labels_mac }
  })
}

export function labelsEntity(
  { accountId, region }: Scope,
  keyId: string,
  labels: KeyLabels,
): AuthenticEntity {
  return {
    kind: 'tags and aliases of KMS key',
    domain: region,
    name: keyArn({ accountId, region }, keyId),
    content: () => ({ accountId, region, keyId, ...labels }),
  }
}
