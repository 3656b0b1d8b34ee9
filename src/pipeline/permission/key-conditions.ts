import { isMultiRegion, isPrimary, type KmsKey } from '../../domain/index.ts'
import type { Caller } from '../caller.ts'
import type { KeyUse } from '../key-use.ts'
import type { CallFacts } from './call-facts.ts'
import { viaService } from './via-service.ts'

/** The condition keys of AWS KMS that each call has, whatever its operation. */
const ofCall: ReadonlyMap<string, (caller: Caller) => string | undefined> = new Map([
  // A service that calls as itself is of no account, whatever it says that it calls for.
  [
    'kms:calleraccount',
    ({ scope, identity }) => (identity.principal.type === 'AWSService' ? undefined : scope.accountId),
  ],
  ['kms:viaservice', throughService],
])

/** Those that a KMS key has: the names as policies have them, in lower case. */
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

/** The values of a `kms:` condition key that the call or the key has by itself. */
export function keyValuesOf(
  name: string,
  { provedCaller }: CallFacts,
  use: KeyUse | undefined,
): readonly string[] | undefined {
  const known = ofCall.get(name)
  if (known !== undefined) return listed(known(provedCaller))
  if (use === undefined) return undefined
  const { key, aliasNames } = use.key
  if (name === 'kms:resourcealiases') return aliasNames.length === 0 ? undefined : aliasNames
  if (name === 'kms:requestalias') return listed(aliasIn(use.namedAs))
  return listed(ofKey.get(name)?.(key))
}

const listed = (value: string | boolean | undefined) => (value === undefined ? undefined : [String(value)])

/** The name of the alias that the request named the key by. */
function aliasIn(namedAs: string | undefined): string | undefined {
  const at = namedAs?.indexOf(':alias/') ?? -1
  return at < 0 ? undefined : namedAs?.slice(at + 1)
}

/** The service that a call comes through, on somebody's behalf. */
function throughService({ service, scope }: Caller): string | undefined {
  return service?.isOnBehalf === true ? viaService(service, scope.region) : undefined
}
