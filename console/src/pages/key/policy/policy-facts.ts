import { typeLabel } from '../../../model/labels.ts'
import type { KeyPlace } from '../../../model/new-key.ts'
import { partitionOf } from '../../../model/policy/console-policy.ts'
import type { KeyKind } from '../../../model/policy/policy-form.ts'
import { currentRegion } from '../../../route/use-route.ts'
import { currentSession } from '../../../session/session.ts'
import type { ShownKey } from '../shown-key.ts'

/** The facts that decide which statements the policy of a key gets; undefined if the caller may not see them. */
export function kindOf({ metadata }: ShownKey): KeyKind | undefined {
  if (metadata === undefined) return undefined
  const { AWSAccountId: accountId = '', KeySpec, KeyUsage = 'ENCRYPT_DECRYPT', Origin = 'AWS_KMS' } = metadata
  return {
    ...{ accountId, partition: partitionOf(currentRegion()), keyUsage: KeyUsage, origin: Origin },
    keyType: typeLabel(KeySpec) === 'Asymmetric' ? 'asymmetric' : 'symmetric',
    isMultiRegion: metadata.MultiRegion === true,
  }
}

/** The account of a key and the caller. */
export function placeOf({ metadata }: ShownKey): KeyPlace {
  const { accountId = '', arn: callerArn = '' } = currentSession() ?? {}
  return { accountId: metadata?.AWSAccountId ?? accountId, region: currentRegion(), callerArn }
}

/** The reason why the policy of a key cannot change; undefined if it can. */
export function fixedBecause({ isForeign, fixedBecause: reason, metadata }: ShownKey): string | undefined {
  if (isForeign) return 'Only the account of the key can change its policy.'
  // A key that is pending deletion takes a policy all the same (AWS KMS developer guide, "Key states of AWS KMS keys").
  return metadata?.KeyManager === 'AWS' ? reason : undefined
}
