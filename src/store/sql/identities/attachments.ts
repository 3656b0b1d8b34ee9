import type { Kysely } from 'kysely'
import type { PolicyHolder } from '../../../domain/index.ts'
import type { Schema } from '../schema.ts'

/** Replaces the policies that are recorded as attached to a user, group or role. */
export async function putAttachments(
  db: Kysely<Schema>,
  { accountId, attachedPolicyArns }: PolicyHolder & { readonly accountId: string },
  entityId: string,
): Promise<void> {
  await deleteAttachments(db, entityId)
  for (const policyArn of attachedPolicyArns) {
    await db
      .insertInto('iam_attachments')
      .values({ account_id: accountId, policy_arn: policyArn, entity_id: entityId })
      .execute()
  }
}

export async function deleteAttachments(db: Kysely<Schema>, entityId: string): Promise<void> {
  await db.deleteFrom('iam_attachments').where('entity_id', '=', entityId).execute()
}
