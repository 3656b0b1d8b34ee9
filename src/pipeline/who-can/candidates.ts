import { anySessionName, type CompiledPolicy, type StatementPrincipal } from '../../access/index.ts'
import { type GrantParty, parsePrincipalArn, partyName, rootArn, type Scope } from '../../domain/index.ts'
import {
  findNamedIdentity,
  identityOfFoundUser,
  identityOfRole,
  newSession,
  parseNamedPrincipal,
  rootIdentity,
  serviceIdentity,
} from '../../identity/index.ts'
import type { AccessPlace } from '../../operation/index.ts'
import type { Millis } from '../../std/index.ts'
import { everyPage, type Reader } from '../../store/index.ts'
import { type Candidate, everyone, federatedIdentity, foreignCandidate } from './candidate.ts'
import type { Slices } from './slices.ts'

/** The steps of reading a user or role from the store, each of its policies, and a grant. */
const stepsPerIdentity = 400_000
const stepsPerPolicy = 40_000
const stepsPerGrant = 100_000
const grantsPerRead = 50

/** The sources of the principals that may have access to a key. */
export interface CandidateSources {
  readonly store: Reader
  readonly scope: Scope
  readonly keyId: string
  readonly keyPolicy: CompiledPolicy
  /** Whether callers of other accounts can be allowed. */
  readonly mayCrossAccounts: boolean
  readonly now: Millis
  readonly slices: Slices
}

/** A place in the list of candidates. It has no candidate if that stands elsewhere in the list, or does not exist. */
export interface Placed {
  readonly place: AccessPlace
  readonly candidate: Candidate | undefined
}

/** A place in a part of the list; `at` is undefined for the last one if its name is not known. */
interface PlacedInPart {
  readonly at: string | undefined
  readonly candidate: Candidate | undefined
}
type Part = (sources: CandidateSources, after: string | undefined) => AsyncIterable<PlacedInPart>

/** The parts of the list, in their order. The places of pages have their numbers. */
const parts: readonly Part[] = [root, users, roles, named, grantees]

/**
 * Walks over all principals that may have access to a key: the root user, users and roles of its account; principals that the key policy
 * names and that are not among these; and grantees that are not among all of these. Each of them comes once.
 */
export async function* walkCandidates(
  sources: CandidateSources,
  start: AccessPlace = { part: 0, after: null },
): AsyncGenerator<Placed> {
  for (const [index, part] of parts.entries()) {
    if (index < start.part) continue
    const after = index === start.part ? (start.after ?? undefined) : undefined
    for await (const { at, candidate } of part(sources, after)) {
      yield {
        place: at === undefined ? { part: index + 1, after: null } : { part: index, after: at },
        candidate,
      }
    }
  }
}

/** Counts the places of the list. */
export async function countPlaces(sources: CandidateSources): Promise<number> {
  const { store, scope, keyId } = sources
  const users = await store.users.count(scope.accountId)
  const roles = await store.roles.count(scope.accountId)
  return 1 + users + roles + namesOf(sources).length + (await store.grants.count(scope, keyId))
}

async function* root({ scope: { accountId } }: CandidateSources): AsyncGenerator<PlacedInPart> {
  const identity = rootIdentity(accountId)
  yield { at: undefined, candidate: own('Root', identity.principal.arn, identity) }
}

/** Reads one row after another: only the end of a page has a place. */
async function* users(
  { store, scope, slices }: CandidateSources,
  start: string | undefined,
): AsyncGenerator<PlacedInPart> {
  let after = start
  do {
    const page = await store.users.list(scope.accountId, '/', { after, limit: 1 })
    after = page.next
    const [user] = page.items
    const identity = user && (await identityOfFoundUser(store, user))
    await slices.spend(stepsOf(identity))
    if (identity !== undefined || after !== undefined)
      yield { at: after, candidate: identity && own('User', identity.principal.arn, identity) }
  } while (after !== undefined)
}

async function* roles(
  { store, scope, slices, now }: CandidateSources,
  start: string | undefined,
): AsyncGenerator<PlacedInPart> {
  const session = { sessionPolicies: undefined, sessionTags: [], facts: newSession(now) }
  let after = start
  do {
    const page = await store.roles.list(scope.accountId, '/', { after, limit: 1 })
    after = page.next
    const [role] = page.items
    const identity = role && (await identityOfRole(store, role, { ...session, sessionName: anySessionName }))
    await slices.spend(stepsOf(identity))
    if (identity?.principal.type === 'AssumedRole')
      yield { at: after, candidate: own('Role', identity.principal.roleArn, identity) }
    else if (after !== undefined) yield { at: after, candidate: undefined }
  } while (after !== undefined)
}

async function* named(sources: CandidateSources, start: string | undefined): AsyncGenerator<PlacedInPart> {
  for (const name of namesOf(sources)) {
    if (start !== undefined && name <= start) continue
    yield { at: name, candidate: await candidateNamed(name, sources) }
  }
}

/** A grantee has the place of its first grant. */
async function* grantees(sources: CandidateSources, start: string | undefined): AsyncGenerator<PlacedInPart> {
  const { store, scope, keyId, slices } = sources
  const before = new Set(namesOf(sources))
  const read = (page: { after: string | undefined; limit: number }) =>
    store.grants.list(scope, keyId, {}, page)
  for await (const grants of everyPage(grantsPerRead, read, start)) {
    for (const { grantId, grantee } of grants) {
      const name = nameOfParty(grantee)
      const isNew = !before.has(name) && !isListedAsOwn(name, scope)
      const candidate =
        isNew && (await isFirst(grantId, grantee, sources)) && (await candidateNamed(name, sources))
      await slices.spend(stepsPerGrant)
      yield { at: grantId, candidate: candidate === false ? undefined : candidate }
    }
  }
}

async function isFirst(
  grantId: string,
  grantee: GrantParty,
  { store, scope, keyId }: CandidateSources,
): Promise<boolean> {
  const { items } = await store.grants.list(scope, keyId, { grantee }, { after: undefined, limit: 1 })
  return items[0]?.grantId === grantId
}

const everyName = '*'
const serviceMark = 'service '
const nameOfParty = (party: GrantParty) =>
  party.type === 'service' ? `${serviceMark}${party.service}` : partyName(party)

/** Returns the principals that an Allow of the key policy names and that no part before lists, in the order of their names. */
function namesOf({ keyPolicy, scope }: CandidateSources): string[] {
  const names = keyPolicy.statements.flatMap(({ source: { effect, principals } }) => {
    if (effect === 'Deny' || principals === undefined) return []
    // An Allow with NotPrincipal is for everyone else.
    if (principals.isNot) return [everyName]
    return principals.items.map(nameOfPrincipal)
  })
  return [...new Set(names)]
    .flatMap(name => (name === undefined || isListedAsOwn(name, scope) ? [] : [name]))
    .sort()
}

function nameOfPrincipal(principal: StatementPrincipal): string | undefined {
  switch (principal.type) {
    case 'everyone':
      return everyName
    case 'account':
      return rootArn(principal.accountId)
    case 'arn':
      return principal.arn
    case 'service':
      return nameOfParty(principal)
    case 'federated':
      // No caller of AWS KMS has nothing but an identity provider that vouches for it.
      return undefined
  }
}

/** Whether it is the root user, a user or a role of the account. */
function isListedAsOwn(name: string, { accountId }: Scope): boolean {
  const parsed = parsePrincipalArn(name)
  return parsed?.accountId === accountId && parsed.arn.startsWith('arn:aws:iam:')
}

async function candidateNamed(name: string, sources: CandidateSources): Promise<Candidate | undefined> {
  const { store, scope, mayCrossAccounts, now, slices } = sources
  const { accountId } = scope
  if (name.startsWith(serviceMark)) {
    const service = name.slice(serviceMark.length)
    return own('Service', service, serviceIdentity(accountId, service))
  }
  const parsed = parsePrincipalArn(name)
  if (parsed?.accountId !== accountId) {
    if (!mayCrossAccounts) return undefined
    return name === everyName ? everyone : foreignCandidate(name, now)
  }
  const [, federated] = /:federated-user\/(.+)$/.exec(parsed.arn) ?? []
  if (federated !== undefined)
    return own('FederatedUser', name, federatedIdentity(accountId, parsed.arn, federated))
  const identity = await findNamedIdentity(store, parseNamedPrincipal(parsed.arn), now)
  await slices.spend(stepsOf(identity))
  return identity && own('Session', name, identity)
}

const own = (type: Candidate['type'], name: string, identity: Candidate['identity']): Candidate => ({
  ...{ name, type, identity },
  isForeign: false,
})

const stepsOf = (identity: Candidate['identity'] | undefined) =>
  stepsPerIdentity + stepsPerPolicy * (identity?.policies.length ?? 0)
