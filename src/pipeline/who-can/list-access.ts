import { identifierArn, parseKeyIdentifier, ServiceError } from '../../domain/index.ts'
import { rootIdentity } from '../../identity/index.ts'
import type { AccessListQuestion, AccessPage, FoundKey, ListedPrincipal } from '../../operation/index.ts'
import { questionFacts } from '../explain/question-facts.ts'
import type { LookUps } from '../look-ups.ts'
import type { Authorizer } from '../permission/authorizer.ts'
import { resolveKey } from '../permission/resolve-key.ts'
import { countPlaces, walkCandidates } from './candidates.ts'
import { compileOnce } from './compile-once.ts'
import { decideCandidate } from './decide-candidate.ts'
import { GrantsOfKey } from './grants-of-candidate.ts'
import { Slices } from './slices.ts'

/** The places that a call looks at. A page is short if it finds too few principals among them, and the caller goes on. */
const examinedMax = 1000

/** The parts of the pipeline that the list needs. */
interface Listers {
  readonly authorizer: Authorizer
  readonly cached: LookUps
}

/**
 * Lists the principals that may perform an action with a key, with the engine that decides calls and on the same data: each has the two
 * bounds of its decisions. Throws AccessDeniedException for a key of a different account, and NotFoundException.
 */
export async function listAccess(
  question: AccessListQuestion,
  { authorizer, cached: { keys, store } }: Listers,
  slices: Slices = new Slices(),
): Promise<AccessPage> {
  const { grantRequest, now, mayCrossAccounts } = question
  const found = await findKey(question, keys)
  const { key, policy: keyPolicy } = found.key
  const sources = { store, scope: key, keyId: key.keyId, keyPolicy, mayCrossAccounts, now, slices }
  const hasGrants = (await store.grants.count(key, key.keyId)) > 0
  const grants = grantRequest && hasGrants ? new GrantsOfKey(store, key, grantRequest, slices) : undefined
  const deciders = { question, found, authorizer, grants, slices, compile: compileOnce(slices) }
  const principals: ListedPrincipal[] = []
  const total = await countPlaces(sources)
  let [examined, next] = [0, question.after]
  for await (const { place, candidate } of walkCandidates(sources, question.after)) {
    // This place is the proof that there is a next page, which begins with it.
    if (principals.length === question.limit || examined === examinedMax)
      return { principals, examined, total, next }
    const listed = candidate && (await decideCandidate(candidate, deciders))
    if (listed !== undefined) principals.push(listed)
    examined++
    next = place
  }
  return { principals, examined, total, next: undefined }
}

/** Finds the key. The finder is the asking account, and so learns if the key does not exist. */
async function findKey(
  { scope, keyId, action, now, keyPolicyDraft }: AccessListQuestion,
  keys: LookUps['keys'],
): Promise<FoundKey> {
  const identifier = parseKeyIdentifier(keyId, 'key-or-alias', scope)
  if (identifier.scope.accountId !== scope.accountId)
    throw new ServiceError('AccessDeniedException', `The key is not of account ${scope.accountId}.`)
  const requirement = { from: () => identifierArn(identifier), forms: 'key-or-alias' } as const
  const { provedCaller } = questionFacts(rootIdentity(scope.accountId), scope, now)
  const named = { name: 'key', requirement, action, input: {}, caller: { ...provedCaller, scope }, now }
  const stored = await resolveKey(named, keys)
  // The alias is one way to name the key, so no request is known to use it.
  const found = { ...stored, namedAs: stored.key.arn }
  return keyPolicyDraft === undefined ? found : { ...found, key: { ...found.key, policy: keyPolicyDraft } }
}
