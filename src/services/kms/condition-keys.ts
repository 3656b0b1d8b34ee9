import { findKmsConditionKey, isMultiRegion, isPrimary, type KmsKey, viaService } from '../../domain/index.ts'
import type { Attestation } from '../../hsm/index.ts'
import type {
  Caller,
  ConditionKeySources,
  ConditionSource,
  ServiceConditionKeys,
} from '../../operation/index.ts'

/** The condition keys that every call has, whatever its operation. */
const ofCall: ReadonlyMap<string, (caller: Caller) => string | undefined> = new Map([
  // A service that calls as itself belongs to no account, even if it calls for an account.
  [
    'kms:calleraccount',
    ({ scope, identity }) => (identity.principal.type === 'AWSService' ? undefined : scope.accountId),
  ],
  ['kms:viaservice', throughService],
])

/** The condition keys whose values come from a KMS key. */
const ofKey: ReadonlyMap<string, (key: KmsKey) => string | boolean | undefined> = new Map<
  string,
  (key: KmsKey) => string | boolean | undefined
>([
  ['kms:keyspec', key => key.keySpec],
  ['kms:customermasterkeyspec', key => key.keySpec],
  ['kms:keyusage', key => key.keyUsage],
  ['kms:customermasterkeyusage', key => key.keyUsage],
  ['kms:keyorigin', key => key.origin],
  ['kms:multiregion', isMultiRegion],
  [
    'kms:multiregionkeytype',
    key => (isMultiRegion(key) ? (isPrimary(key) ? 'PRIMARY' : 'REPLICA') : undefined),
  ],
])

/** The condition keys of AWS KMS (AWS KMS developer guide, "Condition keys for AWS KMS"). */
export const conditionKeys: ServiceConditionKeys = {
  prefix: 'kms:',
  has(name, action) {
    return findKmsConditionKey(name)?.actions.includes(action.replace('kms:', '')) === true
  },
  valuesOf(name, { caller, found, recipient }: ConditionKeySources) {
    const known = ofCall.get(name)
    if (known !== undefined) return listed(known(caller))
    if (name.startsWith(attestationPrefix)) return recipient && attestedValues(name, recipient)
    if (found === undefined) return undefined
    const { key, aliasNames } = found.key
    if (name === 'kms:resourcealiases') return aliasNames.length === 0 ? undefined : aliasNames
    if (name === 'kms:requestalias') return listed(aliasIn(found.namedAs))
    return listed(ofKey.get(name)?.(key))
  },
}

/** Returns the source of the value of a condition key of AWS KMS by its lower-case name, for requests of an action. */
export function sourceOf(name: string, action: string): ConditionSource {
  if (!conditionKeys.has(name, action)) return 'none'
  if (name === 'kms:calleraccount') return 'callerAccount'
  return ofKey.has(name) || name === 'kms:resourcealiases' ? 'key' : 'request'
}

const listed = (value: string | boolean | undefined) => (value === undefined ? undefined : [String(value)])

const attestationPrefix = 'kms:recipientattestation:'

/**
 * Returns the measurements with which an enclave or a NitroTPM instance proved its identity (AWS KMS developer guide,
 * "Condition keys for attested platforms").
 */
function attestedValues(name: string, { pcrs, nitroTpmPcrs }: Attestation): readonly string[] | undefined {
  const measurement = name.slice(attestationPrefix.length)
  if (measurement === 'imagesha384') return listed(pcrs.get(0))
  const [, isTpm, index] = /^(nitrotpm)?pcr(\d+)$/.exec(measurement) ?? []
  if (index === undefined || String(Number(index)) !== index) return undefined
  return listed((isTpm === undefined ? pcrs : nitroTpmPcrs).get(Number(index)))
}

/** Returns the name of the alias by which the request named the key; undefined if it used no alias. */
function aliasIn(namedAs: string | undefined): string | undefined {
  const at = namedAs?.indexOf(':alias/') ?? -1
  return at < 0 ? undefined : namedAs?.slice(at + 1)
}

/** Returns the service that calls on someone's behalf; undefined for other callers. */
function throughService({ service, scope }: Caller): string | undefined {
  return service?.isOnBehalf === true ? viaService(service.name, scope.region) : undefined
}
