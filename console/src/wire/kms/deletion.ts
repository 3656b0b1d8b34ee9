import type * as Kms from '@aws-sdk/client-kms'
import { jsonCall } from '../call.ts'

/** The operations of AWS KMS that end a key, and take that back. */
export const kmsDeletion = {
  cancelKeyDeletion: jsonCall<Kms.CancelKeyDeletionCommandInput, Kms.CancelKeyDeletionCommandOutput>(
    'kms',
    'CancelKeyDeletion',
  ),
  scheduleKeyDeletion: jsonCall<Kms.ScheduleKeyDeletionCommandInput, Kms.ScheduleKeyDeletionCommandOutput>(
    'kms',
    'ScheduleKeyDeletion',
    { times: ['DeletionDate'] },
  ),
}
