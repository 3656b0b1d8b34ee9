import { isSymmetric } from '../../../domain/index.ts'
import type { ResolvedKey } from '../../../keys/index.ts'
import type { Disclosure } from '../../../operation/index.ts'

/** For symmetric keys, CloudTrail records which key material was used. */
export function discloseMaterial({ key, current }: ResolvedKey): Disclosure {
  if (!isSymmetric(key) || current === undefined) return {}
  return { additionalEventData: { keyMaterialId: current.binding.keyMaterialId } }
}
