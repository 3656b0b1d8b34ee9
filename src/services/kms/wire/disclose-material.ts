import { isSymmetric } from '../../../domain/index.ts'
import type { Disclosure, ResolvedKey } from '../../../pipeline/index.ts'

/** For symmetric keys, CloudTrail records which key material was used. */
export function discloseMaterial({ key, current }: ResolvedKey): Disclosure {
  if (!isSymmetric(key) || current === undefined) return {}
  return { additionalEventData: { keyMaterialId: current.binding.keyMaterialId } }
}
