/** The values of KeyState that a key of this server can have. */
export type State =
  | 'Enabled'
  | 'Disabled'
  | 'PendingDeletion'
  | 'PendingReplicaDeletion'
  | 'PendingImport'
  | 'Creating'
  | 'Updating'

const invalid = 'KMSInvalidStateException'
const disabled = 'DisabledException'
const unsupported = 'UnsupportedOperationException'
const ok = undefined
type Answer = string | undefined

/**
 * The table of the developer guide, "Key states of AWS KMS keys", written again from that page: the answer to each
 * operation on a key that is Enabled, Disabled, pending deletion, PendingImport, Creating and Updating. Recorded from AWS:
 * GetKeyRotationStatus succeeds for PendingImport.
 */
const table = {
  CancelKeyDeletion: [invalid, invalid, ok, invalid, invalid, invalid],
  CreateAlias: [ok, ok, invalid, ok, ok, ok],
  Decrypt: [ok, disabled, invalid, invalid, invalid, ok],
  DeleteImportedKeyMaterial: [ok, ok, ok, ok, invalid, invalid],
  DisableKey: [ok, ok, invalid, invalid, invalid, invalid],
  DisableKeyRotation: [ok, disabled, invalid, unsupported, invalid, ok],
  EnableKey: [ok, ok, invalid, invalid, invalid, invalid],
  EnableKeyRotation: [ok, disabled, invalid, unsupported, invalid, ok],
  Encrypt: [ok, disabled, invalid, invalid, invalid, ok],
  GenerateMac: [ok, disabled, invalid, invalid, invalid, ok],
  GetKeyRotationStatus: [ok, ok, ok, ok, ok, ok],
  GetParametersForImport: [ok, ok, invalid, ok, invalid, invalid],
  /** The answer for PendingImport is recorded from AWS; the page has OK there. */
  GetPublicKey: [ok, ok, invalid, invalid, invalid, ok],
  ImportKeyMaterial: [ok, ok, invalid, ok, invalid, ok],
  ReplicateKey: [ok, disabled, invalid, invalid, invalid, invalid],
  RotateKeyOnDemand: [ok, disabled, invalid, invalid, invalid, ok],
  ScheduleKeyDeletion: [ok, ok, invalid, ok, ok, invalid],
  Sign: [ok, disabled, invalid, invalid, invalid, ok],
  TagResource: [ok, ok, invalid, ok, ok, ok],
  UntagResource: [ok, ok, invalid, ok, ok, ok],
  UpdatePrimaryRegion: [ok, disabled, invalid, invalid, invalid, ok],
} as const satisfies Record<string, readonly [Answer, Answer, Answer, Answer, Answer, Answer]>

export type Operation = keyof typeof table

const columns = {
  Enabled: 0,
  Disabled: 1,
  PendingDeletion: 2,
  PendingReplicaDeletion: 2,
  PendingImport: 3,
  Creating: 4,
  Updating: 5,
} as const satisfies Record<State, number>

/** The error of an operation on a key in this state; undefined if the state allows the operation. */
export function answerOf(operation: Operation, state: State): Answer {
  return table[operation][columns[state]]
}
