import { ServiceError } from './errors.ts'

/** The states a key of this server can be in (AWS KMS developer guide, "Key states of AWS KMS keys"). */
export type KeyState = 'Enabled' | 'Disabled' | 'PendingDeletion'

const answers = {
  disabled: (arn: string) => new ServiceError('DisabledException', `${arn} is disabled.`),
  pending: (arn: string) => new ServiceError('KMSInvalidStateException', `${arn} is pending deletion.`),
  notPending: (arn: string) =>
    new ServiceError('KMSInvalidStateException', `${arn} is not pending deletion.`),
}

type Answer = keyof typeof answers | 'ok'
type Row = Readonly<Record<KeyState, Answer>>

const always: Row = { Enabled: 'ok', Disabled: 'ok', PendingDeletion: 'ok' }
const unlessPending: Row = { Enabled: 'ok', Disabled: 'ok', PendingDeletion: 'pending' }
const onlyEnabled: Row = { Enabled: 'ok', Disabled: 'disabled', PendingDeletion: 'pending' }
const onlyPending: Row = { Enabled: 'notPending', Disabled: 'notPending', PendingDeletion: 'ok' }

/**
 * What each operation answers for a key in each state: the table of the developer guide's page "Key states", read row
 * by row. An operation on a key that is not named here does not compile.
 */
export const stateTable = {
  CancelKeyDeletion: onlyPending,
  CreateAlias: unlessPending,
  Decrypt: onlyEnabled,
  DeleteAlias: always,
  DescribeKey: always,
  DisableKey: unlessPending,
  EnableKey: unlessPending,
  Encrypt: onlyEnabled,
  GenerateDataKey: onlyEnabled,
  GenerateDataKeyWithoutPlaintext: onlyEnabled,
  GetKeyPolicy: always,
  ListAliases: always,
  ListKeyPolicies: always,
  ListResourceTags: always,
  PutKeyPolicy: always,
  ReEncrypt: onlyEnabled,
  ScheduleKeyDeletion: unlessPending,
  TagResource: unlessPending,
  UntagResource: unlessPending,
  /** Of the key the alias moves to; the one it leaves may be in any state. */
  UpdateAlias: unlessPending,
  UpdateKeyDescription: unlessPending,
} as const satisfies Record<string, Row>

/** The operations that act on a key. */
export type KeyOperation = keyof typeof stateTable

/** Throws what AWS answers when the key's state does not allow the operation. */
export function checkState(operation: KeyOperation, state: KeyState, keyArn: string): void {
  const answer: Answer = stateTable[operation][state]
  if (answer !== 'ok') throw answers[answer](keyArn)
}
