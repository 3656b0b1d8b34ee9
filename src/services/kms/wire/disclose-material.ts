import { isSymmetric } from '../../../domain/index.ts'
import type { ResolvedKey } from '../../../keys/index.ts'
import type { Disclosure } from '../../../operation/index.ts'

/** Returns the id of the key material that was used, which CloudTrail records for symmetric keys. */
export function discloseMaterial({ key, current }: ResolvedKey): Disclosure {
  if (!isSymmetric(key) || current === undefined) return {}
  return { additionalEventData: { keyMaterialId: current.binding.keyMaterialId } }
}
