import {
  isImported,
  isSymmetric,
  type KeyMaterial,
  materialState,
  refuseKeyInStore,
  toPage,
  validation,
} from '../../../domain/index.ts'
import type { ResolvedKey } from '../../../keys/index.ts'
import { enumeration, list, required, structure, timestamp } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { invalidMarker, listingOf, pageInput, pageOutput, pageRequest, renderPage } from '../wire/paging.ts'
import {
  expirationModelType,
  keyIdType,
  keyMaterialDescriptionType,
  keyMaterialIdType,
} from '../wire/shapes.ts'

/** Returns information about the key materials of a KMS key and their rotations. */
export const ListKeyRotations = operation({
  name: 'ListKeyRotations',
  effect: 'read',
  input: structure({
    KeyId: required(keyIdType),
    IncludeKeyMaterial: enumeration(['ALL_KEY_MATERIAL', 'ROTATIONS_ONLY']),
    ...pageInput(1000),
  }),
  output: structure({
    Rotations: list(
      structure({
        KeyId: keyIdType,
        KeyMaterialId: keyMaterialIdType,
        KeyMaterialDescription: keyMaterialDescriptionType,
        ImportState: enumeration(['IMPORTED', 'PENDING_IMPORT']),
        KeyMaterialState: enumeration([
          'NON_CURRENT',
          'CURRENT',
          'PENDING_ROTATION',
          'PENDING_MULTI_REGION_IMPORT_AND_ROTATION',
        ]),
        ExpirationModel: expirationModelType,
        ValidTo: timestamp(),
        RotationDate: timestamp(),
        RotationType: enumeration(['AUTOMATIC', 'ON_DEMAND']),
      }),
    ),
    ...pageOutput,
  }),
  touches: { key: { from: input => input.KeyId, forms: 'key', fits: refuseKeyInStore } },
  handle({ input, key, scope, hsm }) {
    const { IncludeKeyMaterial: wanted } = input
    // AWS answers with an empty list for keys that cannot rotate, but refuses IncludeKeyMaterial (recorded from AWS).
    if (wanted !== undefined && !isSymmetric(key.key)) {
      throw validation('Input parameter includeKeyMaterial can only be used with symmetric keys.')
    }
    const included = wanted ?? 'ROTATIONS_ONLY'
    const listing = listingOf('ListKeyRotations', scope, key.arn, included)
    const { after, limit } = pageRequest(hsm, listing, input, 100)
    const shown = key.records.filter(
      ({ rotation }) => rotation !== undefined || included !== 'ROTATIONS_ONLY',
    )
    // The order is the order of arrival: a key material keeps its place, and only a pending one can disappear.
    const start = shown.findIndex(material => material.keyMaterialId === after) + 1
    if (after !== undefined && start === 0) throw invalidMarker()
    const page = toPage(shown.slice(start, start + limit + 1), limit, material => material.keyMaterialId)
    return {
      Rotations: page.items.map(material => renderRotation(key, material)),
      ...renderPage(hsm, listing, page),
    }
  },
})

function renderRotation({ key, arn }: ResolvedKey, material: KeyMaterial) {
  return {
    KeyId: arn,
    KeyMaterialId: material.keyMaterialId,
    ...(key.origin === 'EXTERNAL' && renderImport(material)),
    KeyMaterialState: materialState(key, material),
    RotationDate: material.rotation?.at,
    RotationType: material.rotation?.type,
  }
}

function renderImport(material: KeyMaterial) {
  const { description, expiresAt } = material
  if (!isImported(material)) {
    return { KeyMaterialDescription: description, ImportState: 'PENDING_IMPORT' as const }
  }
  return {
    KeyMaterialDescription: description,
    ImportState: 'IMPORTED' as const,
    ExpirationModel:
      expiresAt === undefined ? ('KEY_MATERIAL_DOES_NOT_EXPIRE' as const) : ('KEY_MATERIAL_EXPIRES' as const),
    ValidTo: expiresAt,
  }
}
