import { ServiceError } from '../aws/errors.ts'
import { xksText } from './custom-key-stores/xks-failure.ts'

/**
 * The states that a key can have (AWS KMS developer guide, "Key states of AWS KMS keys"). `Unavailable` is never stored: it is the state of
 * an Enabled key while its custom key store is not connected.
 */
export const keyStates = [
  'Creating',
  'Enabled',
  'Disabled',
  'PendingImport',
  'PendingDeletion',
  'PendingReplicaDeletion',
  'Unavailable',
  'Updating',
] as const
/** The state of a key. */
export type KeyState = (typeof keyStates)[number]

const invalid = (text: string) => new ServiceError('KMSInvalidStateException', text)

/** The error for a key whose imported key material is not complete. */
export const pendingImport = (arn: string) => invalid(`${arn} is pending import.`)

/**
 * The errors of the table, with the texts of its footnotes (AWS KMS developer guide, "Key states of AWS KMS keys"). A key that
 * waits for its replicas has a text of its own (recorded from AWS).
 */
const answers = {
  disabled: (arn: string) => new ServiceError('DisabledException', `${arn} is disabled.`),
  pending: (arn: string) => invalid(`${arn} is pending deletion.`),
  pendingReplica: (arn: string) => invalid(`${arn} is pending replica deletion.`),
  notPending: (arn: string) => invalid(`${arn} is not pending deletion.`),
  import: pendingImport,
  external: (arn: string) =>
    new ServiceError(
      'UnsupportedOperationException',
      `${arn} origin is EXTERNAL which is not valid for this operation.`,
    ),
  creating: (arn: string) => invalid(`${arn} is creating.`),
  updating: (arn: string) => invalid(`${arn} is updating.`),
  /** The text of external key stores is that of the XKS proxy API specification, "Error codes"; nobody has published the other. */
  unavailable: (arn: string, isInCluster: boolean) =>
    invalid(isInCluster ? `${arn} is unavailable.` : xksText('notConnected')),
}

/** An answer of the table: `ok`, or an error. */
export type StateAnswer = keyof typeof answers | 'ok'
type Row = Readonly<Record<KeyState, StateAnswer>>

/**
 * Makes a row from its columns: Enabled, Disabled, both kinds of pending deletion, PendingImport, Creating, Updating, and Unavailable if
 * that differs from Enabled.
 */
function row(
  Enabled: StateAnswer,
  Disabled: StateAnswer,
  deletion: StateAnswer,
  PendingImport: StateAnswer,
  Creating: StateAnswer,
  Updating: StateAnswer,
  Unavailable: StateAnswer = Enabled,
): Row {
  return {
    Creating,
    Enabled,
    Disabled,
    PendingImport,
    PendingDeletion: deletion,
    PendingReplicaDeletion: deletion === 'pending' ? 'pendingReplica' : deletion,
    Unavailable,
    Updating,
  }
}

const always = row('ok', 'ok', 'ok', 'ok', 'ok', 'ok')
const unlessPending = row('ok', 'ok', 'pending', 'ok', 'ok', 'ok')
const enabled = row('ok', 'disabled', 'pending', 'import', 'creating', 'ok')
const usable = row('ok', 'disabled', 'pending', 'import', 'creating', 'ok', 'unavailable')
const toggled = row('ok', 'ok', 'pending', 'import', 'creating', 'updating')
const rotationChange = row('ok', 'disabled', 'pending', 'external', 'creating', 'ok')

/**
 * The answer of each operation for a key in each state: the table of the developer guide's page "Key states", row by row. Keys
 * that the operation never works with are not its matter: the operation refuses them with `fits` before it looks at the state,
 * or with `supports` afterwards. An operation on a key must be named here to compile. GetKeyRotationStatus passes in
 * PendingImport, as recorded from AWS, although the page's footnote refuses it.
 */
export const stateTable = {
  //                        Enabled Disabled    deletion      PendingImport Creating    Updating
  CancelKeyDeletion: row('notPending', 'notPending', 'ok', 'notPending', 'notPending', 'notPending'),
  CreateAlias: unlessPending,
  CreateGrant: enabled,
  Decapsulate: enabled,
  Decrypt: usable,
  DeleteAlias: always,
  DeleteImportedKeyMaterial: row('ok', 'ok', 'ok', 'ok', 'creating', 'updating'),
  DeriveSharedSecret: enabled,
  DescribeKey: always,
  DisableKey: toggled,
  DisableKeyRotation: rotationChange,
  EnableKey: toggled,
  EnableKeyRotation: rotationChange,
  Encapsulate: enabled,
  Encrypt: usable,
  GenerateDataKey: usable,
  GenerateDataKeyPair: enabled,
  GenerateDataKeyPairWithoutPlaintext: enabled,
  GenerateDataKeyWithoutPlaintext: usable,
  GenerateMac: enabled,
  GetKeyLastUsage: always,
  GetKeyPolicy: always,
  GetKeyRotationStatus: always,
  GetParametersForImport: row('ok', 'ok', 'pending', 'ok', 'creating', 'updating'),
  /** AWS's table allows PendingImport; AWS itself does not (recorded from AWS). */
  GetPublicKey: row('ok', 'ok', 'pending', 'import', 'creating', 'ok'),
  ImportKeyMaterial: row('ok', 'ok', 'pending', 'ok', 'creating', 'ok'),
  ListAliases: always,
  ListGrants: always,
  ListKeyPolicies: always,
  ListKeyRotations: always,
  ListResourceTags: always,
  PutKeyPolicy: always,
  ReEncrypt: usable,
  ReplicateKey: row('ok', 'disabled', 'pending', 'import', 'creating', 'updating'),
  RetireGrant: always,
  RevokeGrant: always,
  RotateKeyOnDemand: enabled,
  ScheduleKeyDeletion: row('ok', 'ok', 'pending', 'ok', 'ok', 'updating'),
  Sign: enabled,
  TagResource: unlessPending,
  UntagResource: unlessPending,
  /** The state of the key that the alias moves to; the key that it leaves may have any state. */
  UpdateAlias: unlessPending,
  UpdateKeyDescription: unlessPending,
  UpdatePrimaryRegion: enabled,
  Verify: enabled,
  VerifyMac: enabled,
} as const satisfies Record<string, Row>

/** The operations that act on a key. */
export type KeyOperation = keyof typeof stateTable

/**
 * Throws AWS's error if the state of the key does not allow the operation. `isInCluster` says that the key material is in the HSMs of a
 * cluster.
 */
export function checkState(
  operation: KeyOperation,
  state: KeyState,
  keyArn: string,
  isInCluster: boolean,
): void {
  const answer: StateAnswer = stateTable[operation][state]
  if (answer !== 'ok') throw answers[answer](keyArn, isInCluster)
}
