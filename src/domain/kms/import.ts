import type { Millis } from '../../std/index.ts'
import { ServiceError, validation } from '../aws/errors.ts'
import { arnOf, dayMillis, isSymmetric, type KmsKey } from './key.ts'
import type { KeyMaterial } from './key-material.ts'
import { isReplica } from './multi-region.ts'

/** Whether an import brings new key material, or key material that the key already has or had. */
export type ImportType = 'NEW_KEY_MATERIAL' | 'EXISTING_KEY_MATERIAL'
/** Whether imported key material expires. */
export type ExpirationModel = 'KEY_MATERIAL_EXPIRES' | 'KEY_MATERIAL_DOES_NOT_EXPIRE'

/** The lifetime of an import token and its wrapping key (API reference, "GetParametersForImport"). */
export const importTokenMillis = dayMillis
const validToMaxMillis = 365 * dayMillis

/** The parameters of an import that say which key material it brings. */
export interface ImportRequest {
  readonly importType: ImportType | undefined
  /** The id that an import of EXISTING_KEY_MATERIAL gives for its key material. */
  readonly keyMaterialId: string | undefined
  readonly description: string | undefined
}

/**
 * The time when imported key material will expire, in whole seconds as AWS keeps it (recorded from AWS); undefined for never.
 * Throws ValidationException.
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

/**
 * Refuses parameters that only symmetric keys accept, because only they can have several key materials. Also refuses a
 * description on a replica (texts recorded from AWS). Throws ValidationException.
 */
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
 * Decides what imported key material is to a key: the key's first, one that the key already has or had, or a new one that waits
 * for a rotation (AWS KMS developer guide, "Importing key material"). Throws IncorrectKeyMaterialException or
 * KMSInvalidStateException. Throws ValidationException if the request has an id for new key material, or brings new key material
 * to a replica (texts recorded from AWS).
 */
export function decideImport(
  key: KmsKey,
  materials: readonly KeyMaterial[],
  arrivedId: string,
  request: ImportRequest,
): 'first' | 'existing' | 'new' {
  const known = materials.find(material => material.keyMaterialId === arrivedId)
  const importType =
    request.importType ?? (materials.length === 0 ? 'NEW_KEY_MATERIAL' : 'EXISTING_KEY_MATERIAL')
  if (importType === 'EXISTING_KEY_MATERIAL') {
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

/** The message has no id for a key that never had key material, because that key expects none. */
const notExpected = (expectedId: string | undefined) =>
  incorrectMaterial(
    `Imported key material does not have the expected identifier${expectedId === undefined ? '' : ` (${expectedId})`}.`,
  )
