import type { Kysely } from 'kysely'
import { keyArn, type Scope } from '../../../domain/index.ts'
import type { KeyLabels } from '../../contract/keys.ts'
import { listAliasNames } from '../aliases/reader.ts'
import { atOneMoment } from '../authenticity/at-one-moment.ts'
import type { AuthenticEntity } from '../authenticity/macs.ts'
import type { Changes } from '../changes.ts'
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

/** Makes a change to the labels of keys, and renews their MACs. Throws DoesNotVerify for labels that did not verify. */
export async function changeLabels(
  db: Kysely<Schema>,
  changes: Changes,
  scope: Scope,
  keyIds: readonly string[],
  change: () => Promise<unknown>,
): Promise<void> {
  const before = new Map<string, Uint8Array | null>()
  for (const keyId of keyIds) {
    const stored = await readLabels(db, scope, keyId)
    if (stored === undefined) continue
    changes.macs.check(labelsEntity(scope, keyId, stored.labels), stored.mac)
    before.set(keyId, stored.mac)
  }
  await change()
  for (const keyId of keyIds) await renewLabelsMac(db, changes, scope, keyId, before.get(keyId))
}

/** Computes the MAC of a key's labels from what the database has now, and stores it. */
export async function renewLabelsMac(
  db: Kysely<Schema>,
  changes: Changes,
  scope: Scope,
  keyId: string,
  before: Uint8Array | null | undefined,
): Promise<void> {
  const stored = await readLabels(db, scope, keyId)
  if (stored === undefined) return
  const mac = changes.macs.of(labelsEntity(scope, keyId, stored.labels))
  await db
    .updateTable('kms_keys')
    .set({ labels_mac: mac })
    .where('account_id', '=', scope.accountId)
    .where('region', '=', scope.region)
    .where('key_id', '=', keyId)
    .execute()
  changes.mac(scope.region, before, mac)
}
