import { keyStoreIdOf } from '../../domain/index.ts'
import { readResolvedKey } from '../../keys/index.ts'
import type { FoundKey, GrantRequirement, KeyRequirement } from '../../operation/index.ts'
import { andThen, type Eventual, eachInOrder } from '../../std/index.ts'
import type { Machine } from '../machine.ts'
import type { PerformedCall } from '../performed-call.ts'
import { resolveKey } from '../permission/resolve-key.ts'
import { authorizeRetirement, findRetired } from '../permission/retirement.ts'

/**
 * Finds the keys that the input names. It decides about each key before it looks for the next: a caller who may not use
 * the first key must not learn whether the second exists. Throws AccessDeniedException, NotFoundException and
 * ThrottlingException.
 */
export function findAndAuthorizeKeys(performed: PerformedCall, machine: Machine): void | Promise<void> {
  const found = eachInOrder(performed.call.operation.keys, entry => {
    const [name, requirement] = entry
    return 'retires' in requirement
      ? findAndAuthorizeRetirement(performed, name, requirement, machine)
      : findAndAuthorizeKey(performed, name, requirement, machine)
  })
  return andThen(found, () => {
    performed.isCounted = true
  })
}

function findAndAuthorizeKey(
  performed: PerformedCall,
  name: string,
  requirement: KeyRequirement<unknown>,
  machine: Machine,
): void | Promise<void> {
  const { provedCaller: caller, input, time: now } = performed
  const action = performed.actionOf(requirement)
  const firstKey = performed.found[0]?.key
  const named = { name, requirement, action, input, caller, firstKey, now }
  return andThen(resolveKey(named, performed.lookUps.keys), found =>
    andThen(withLastUsage(found, performed, machine), known => authorize(performed, known, machine)),
  )
}

/** Adds the time of the key's last usage if a condition needs it. */
function withLastUsage(
  found: FoundKey,
  { lookUps }: PerformedCall,
  { keyUsages }: Machine,
): Eventual<FoundKey> {
  if (found.requirement.needsLastUsage !== true) return found
  const { accountId, region, keyId } = found.key.key
  const last = keyUsages.find({ accountId, region }, keyId, lookUps.store)
  return last.then(usage => ({ ...found, lastUsedAt: usage?.usedAt }))
}

function authorize(performed: PerformedCall, found: FoundKey, machine: Machine): void | Promise<void> {
  // The key is noted before the decision, so that the record of a denial names it.
  performed.found.push(found)
  performed.touched[found.name] = found.key
  const isOwn = found.key.key.accountId === performed.provedCaller.scope.accountId
  if (isOwn) countKey(performed, found, machine)
  const authorized = machine.authorizer.authorizeKey(performed, found, performed.lookUps.grants)
  // Throttling must not reveal a key of a different account to a caller who may not use it.
  return isOwn ? authorized : andThen(authorized, () => countKey(performed, found, machine))
}

/** Counts the call by its key: once, and only by its first key. The custom key store of each key counts it, too. */
function countKey(performed: PerformedCall, { key }: FoundKey, { throttle }: Machine): void {
  if (throttle === undefined || performed.isCounted) return
  if (keyStoreIdOf(key.key) !== undefined) throttle.countCustomKeyStore(performed.call, key.key)
  if (performed.isKeyCounted) return
  performed.isKeyCounted = true
  const { provedCaller, call, input } = performed
  throttle.countKey(provedCaller.scope, call, key.key.keySpec, input)
}

async function findAndAuthorizeRetirement(
  performed: PerformedCall,
  name: string,
  requirement: GrantRequirement<unknown>,
  { hsm, authorizer }: Machine,
): Promise<void> {
  const { provedCaller: caller, input, time: now, lookUps } = performed
  const action = performed.actionOf({})
  const grant = await findRetired({ requirement, input, caller, action }, hsm, lookUps.store)
  const key = await readResolvedKey(lookUps.store, grant, grant.keyId)
  if (key === undefined) throw new Error(`grant ${grant.grantId} has no key`)
  performed.retired = grant
  performed.touched[name] = grant
  const ofGrant = { from: () => undefined, forms: 'key' } as const
  performed.found.push({ name, requirement: ofGrant, action, input, caller, key, namedAs: key.arn, now })
  // The decision comes after the grant is noted, so that the record of a denial names the grant.
  authorizeRetirement({ requirement, grant, action }, performed, authorizer)
}
