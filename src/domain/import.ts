import type { Millis } from '../std/index.ts'
import { ServiceError, validation } from './errors.ts'
import { arnOf, dayMillis, isSymmetric, type KmsKey } from './key.ts'
import type { KeyMaterial } from './key-material.ts'
import { checkPrimary, isReplica } from './multi-region.ts'

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

/** When imported key material will expire; undefined for never. Throws ValidationException. */
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
  if (validTo > now + validToMaxMillis) throw validation('ValidTo must be within 365 days from now')
  return validTo
}

/** What only symmetric keys take, who can have several key materials. Throws ValidationException. */
export function checkImportRequest(key: KmsKey, request: ImportRequest): void {
  const { importType, keyMaterialId, description } = request
  if (!isSymmetric(key)) {
    if (importType !== undefined || keyMaterialId !== undefined || description !== undefined) {
      throw validation(
        `ImportType, KeyMaterialId and KeyMaterialDescription are not valid for key spec ${key.keySpec}.`,
      )
    }
  }
  if (description !== undefined && isReplica(key)) {
    throw validation('KeyMaterialDescription can be set on the primary key of a multi-Region key only')
  }
}

/**
 * What the arrival of key material does to a key: whether it is one of the key's own come back, the key's first, or a new one that
 * waits for a rotation (AWS KMS developer guide, "Importing key material"). Throws IncorrectKeyMaterialException,
 * KMSInvalidStateException, ValidationException for an id given with a new one, or UnsupportedOperationException on a
 * replica.
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
    if (known === undefined || (request.keyMaterialId ?? arrivedId) !== arrivedId) throw incorrectMaterial()
    return 'existing'
  }
  if (request.keyMaterialId !== undefined) {
    throw validation('KeyMaterialId cannot be set if the ImportType is NEW_KEY_MATERIAL')
  }
  checkPrimary(key)
  if (known !== undefined) throw incorrectMaterial()
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

export const incorrectMaterial = (reason?: string) =>
  new ServiceError(
    'IncorrectKeyMaterialException',
    'The key material in the request is not the key material that was previously imported into this KMS key, or is not valid for its key spec.',
    reason === undefined ? {} : { reason },
  )
