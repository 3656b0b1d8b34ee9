import { namesMaterial } from '../../../domain/index.ts'
import type { ResolvedKey } from '../../../keys/index.ts'
import type { Disclosure } from '../../../operation/index.ts'

/** Returns the id of the current key material as answers and records show it; undefined for keys whose material has no id there. */
export function shownMaterialId({ key, current }: ResolvedKey): string | undefined {
  return namesMaterial(key) ? current?.binding.keyMaterialId : undefined
}

/** Returns the id of the key material that was used, which CloudTrail records for symmetric keys. */
export function discloseMaterial(key: ResolvedKey): Disclosure {
  const keyMaterialId = shownMaterialId(key)
  return keyMaterialId === undefined ? {} : { additionalEventData: { keyMaterialId } }
}
