import type { Millis } from '../../std/index.ts'
import { ServiceError, validation } from '../aws/errors.ts'
import { arnOf, dayMillis, isSymmetric, type KmsKey } from './key.ts'
import type { KeyMaterial } from './key-material.ts'
import { isReplica } from './multi-region.ts'

export type ImportType = 'NEW_KEY_MATERIAL' | 'EXISTING_KEY_MATERIAL'
export type ExpirationModel = 'KEY_MATERIAL_EXPIRES' | 'KEY_MATERIAL_DOES_NOT_EXPIRE'

/** How long an import token and its wrapping key are good for (API reference, "GetParametersForImport"). */
export const importTokenMillis = dayMillis
const validToMaxMillis = 365 * dayMillis

export interface ImportRequest {
  readonly importType: ImportType | undefined
  /** The key material that an EXISTING import says it brings. */
  readonly keyMaterialId: string | undefined
  readonly description: string | undefined
}

/**
 * When imported key material will expire: AWS keeps whole seconds (recorded from AWS). Undefined for never. Throws
 * ValidationException.
 */
export function checkExpiration(
  model: ExpirationModel | undefined,
  validTo: Millis | undefined,
  now: Millis,
): Millis | undefined {
  if (model === 'KEY_MATERIAL_DOES_NOT_EXPIRE') {
    if (validTo === undefined) return undefined
    throw validation('A validTo date cannot be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE')
  }
  if (validTo === undefined) {
    throw validation('A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES')
  }
  if (validTo <= now) throw validation('ValidTo must be in the future')
  if (validTo > now + validToMaxMillis) throw validation('ValidTo must be less than 365 days in the future')
  return Math.floor(validTo / 1000) * 1000
}

/** What only symmetric keys take, who can have several key materials. Throws ValidationException (texts recorded from AWS). */
export function checkImportRequest(key: KmsKey, request: ImportRequest): void {
  const { importType, keyMaterialId, description } = request
  const symmetricOnly = { importType, keyMaterialId, keyMaterialDescription: description }
  for (const [name, value] of Object.entries(symmetricOnly)) {
    if (value === undefined || isSymmetric(key)) continue
    throw validation(`Input parameter ${name} cannot be used with ${key.keySpec} imported keys.`)
  }
  if (description !== undefined && isReplica(key)) {
    throw validation('Key material description can only be specified on primary Multi-Region keys')
  }
}

/**
 * What the arrival of key material does to a key: whether it is one of the key's own come back, the key's first, or a new one that
 * waits for a rotation (AWS KMS developer guide, "Importing key material"). Throws IncorrectKeyMaterialException,
 * KMSInvalidStateException, or ValidationException for an id given with a new one, or a new one at a replica (texts recorded from
 * AWS).
 */
export function decideImport(
  key: KmsKey,
  materials: readonly KeyMaterial[],
  arrivedId: string,
  request: ImportRequest,
): 'first' | 'existing' | 'new' {
  const known = materials.find(material => material.keyMaterialId === arrivedId)
  const wanted = request.importType ?? (materials.length === 0 ? 'NEW_KEY_MATERIAL' : 'EXISTING_KEY_MATERIAL')
  if (wanted === 'EXISTING_KEY_MATERIAL') {
    if (known === undefined || (request.keyMaterialId ?? arrivedId) !== arrivedId)
      throw notExpected(request.keyMaterialId ?? key.currentKeyMaterialId)
    return 'existing'
  }
  if (request.keyMaterialId !== undefined) {
    throw validation('Input parameter keyMaterialId cannot be used with NEW_KEY_MATERIAL importType.')
  }
  if (isReplica(key)) {
    throw validation(
      'Input parameter ImportType NEW_KEY_MATERIAL cannot be used on replica Multi-Region keys',
    )
  }
  if (known !== undefined) {
    throw incorrectMaterial(
      `Key material (id: ${arrivedId}) being imported as NEW_KEY_MATERIAL is already associated with KMS key ${arnOf(key)}.`,
    )
  }
  if (materials.every(material => material.pending !== undefined)) return 'first'
  const pending = materials.find(material => material.pending !== undefined)
  if (pending !== undefined) {
    throw new ServiceError(
      'KMSInvalidStateException',
      `New key material (id: ${arrivedId}) cannot be imported into KMS key ${arnOf(key)}, because another key material (id: ${pending.keyMaterialId}) is pending rotation.`,
    )
  }
  return 'new'
}

const incorrectMaterial = (text: string) => new ServiceError('IncorrectKeyMaterialException', text)

/** A key that never had any expects none that could be named. */
const notExpected = (expectedId: string | undefined) =>
  incorrectMaterial(
    `Imported key material does not have the expected identifier${expectedId === undefined ? '' : ` (${expectedId})`}.`,
  )
