import { type AccessRequest, compilePolicy, explain } from '../../access/index.ts'
import {
  identifierArn,
  type KeyIdentifier,
  parseKeyIdentifier,
  ServiceError,
  validation,
} from '../../domain/index.ts'
import {
  foreignIdentity,
  getNamedIdentity,
  type NamedPrincipal,
  parseNamedPrincipal,
} from '../../identity/index.ts'
import type { AccessAnswer, AccessQuestion, Caller, KeyRequirement } from '../../operation/index.ts'
import type { LookUps } from '../look-ups.ts'
import type { Authorizer } from '../permission/authorizer.ts'
import type { CallFacts } from '../permission/call-facts.ts'
import { resolveKey } from '../permission/resolve-key.ts'
import { GivenContext } from './given-context.ts'

/** The parts of the pipeline that decide. */
interface Deciders {
  readonly authorizer: Authorizer
  readonly cached: LookUps
}

/** The question, with its principal read. */
interface Asked {
  readonly question: AccessQuestion
  readonly principal: NamedPrincipal
}

/**
 * Answers a question about a permission with the engine that decides, and with all that it read. Between two accounts each learns
 * its own side only: nothing of the other account is read, so that nothing of it can be in the answer. Throws
 * AccessDeniedException, NotFoundException and ValidationException.
 */
export async function explainAccess(question: AccessQuestion, deciders: Deciders): Promise<AccessAnswer> {
  const principal = parseNamedPrincipal(question.principalArn)
  const { scope, keyId, action } = question
  const key = keyId === undefined ? undefined : parseKeyIdentifier(keyId, 'key-or-alias', scope)
  const isOwn = principal.accountId === scope.accountId
  if (!isOwn && key?.scope.accountId !== scope.accountId) {
    throw new ServiceError(
      'AccessDeniedException',
      `${question.principalArn} is not of account ${scope.accountId}${key === undefined ? '' : ', and neither is the key'}.`,
    )
  }
  const asked = { question, principal }
  if (key === undefined) return await explainWithoutKey(asked, deciders)
  if (key.scope.accountId === principal.accountId) return await explainOwn(asked, key, deciders)
  if (!question.mayCrossAccounts) {
    throw validation(`${action} cannot be performed on keys of other accounts.`)
  }
  return isOwn ? await explainCallersSide(asked, key, deciders) : await explainKeysSide(asked, key, deciders)
}

async function explainWithoutKey(asked: Asked, deciders: Deciders): Promise<AccessAnswer> {
  const facts = await ownFacts(asked, deciders)
  const { action, scope, given } = asked.question
  const { authorizer } = deciders
  const context = authorizer.contextOf(facts, { action, found: undefined, conditions: undefined })
  const resource = { arn: '*', accountId: scope.accountId, policy: undefined }
  const request = authorizer.requestOf(facts, action, resource, new GivenContext(given, context))
  return { explanation: explain(request), otherAccount: undefined }
}

async function explainOwn(asked: Asked, key: KeyIdentifier, deciders: Deciders): Promise<AccessAnswer> {
  const request = await keyRequest(asked, key, await ownFacts(asked, deciders), deciders)
  return { explanation: explain(request), otherAccount: undefined }
}

/** The side of the caller's account in the use of a key of another account, of which nothing but the ARN is known. */
async function explainCallersSide(
  asked: Asked,
  key: KeyIdentifier,
  deciders: Deciders,
): Promise<AccessAnswer> {
  if (key.type === 'alias') throw validation('Name a key of another account by its key ARN, not by an alias.')
  const facts = await ownFacts(asked, deciders)
  const { action, scope, given } = asked.question
  const { accountId: otherAccount } = key.scope
  const about = { action, found: undefined, conditions: undefined, accountId: otherAccount }
  const context = new GivenContext(given, deciders.authorizer.contextOf(facts, about), /^aws:resourceorg/)
  // A resource without a policy in the caller's account, so that the caller's side alone is left to decide.
  const resource = { arn: identifierArn(key), accountId: scope.accountId, policy: undefined }
  const request = deciders.authorizer.requestOf(facts, action, resource, context)
  return { explanation: explain(request), otherAccount }
}

/** The side of the key's account in its use by a caller of another account, of whom nothing but the ARN is known. */
async function explainKeysSide(asked: Asked, key: KeyIdentifier, deciders: Deciders): Promise<AccessAnswer> {
  const { principal, question } = asked
  const facts = factsOf(asked, foreignIdentity(principal, question.now))
  const request = await keyRequest(asked, key, facts, deciders, /^aws:(principalorg|userid$)/)
  const explanation = explain({
    ...request,
    // Stands for the policies of the other account, which must allow it too, so that the key's side alone is left to decide.
    identityPolicies: [everything],
    serviceControlPolicies: undefined,
  })
  const policies = explanation.policies.filter(({ policyType }) => policyType !== 'identity-based')
  return { explanation: { ...explanation, policies }, otherAccount: principal.accountId }
}

const everything = compilePolicy(
  '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
  'identity',
  'the other account',
)

/** The request to policies about a key of the account that asks. */
async function keyRequest(
  { question }: Asked,
  key: KeyIdentifier,
  facts: CallFacts,
  { authorizer, cached }: Deciders,
  hidden?: RegExp,
): Promise<AccessRequest> {
  const { provedCaller: caller } = facts
  const { action, scope, given, grant, now } = question
  const requirement: KeyRequirement<unknown> = {
    from: () => identifierArn(key),
    forms: 'key-or-alias',
    ...(grant && { grant }),
  }
  // The account that asks looks for the key, and learns when it does not exist.
  const finder = { ...caller, scope }
  const named = { name: 'key', requirement, action, input: {}, caller: finder, now }
  const found = { ...(await resolveKey(named, cached.keys)), caller }
  const context = authorizer.contextOf(facts, { action, found, conditions: undefined })
  const request = authorizer.keyRequestOf(facts, found, new GivenContext(given, context, hidden))
  return { ...request, grant: await authorizer.findGrant(caller, found, cached.grants) }
}

async function ownFacts(asked: Asked, { cached }: Deciders): Promise<CallFacts> {
  const { principal, question } = asked
  return factsOf(asked, await getNamedIdentity(cached.store, principal, question.now))
}

/** A question is about no call: the asker has to give what a call would say. */
const noCall = {
  sourceIpAddress: '',
  userAgent: undefined,
  referer: undefined,
  isSecure: false,
} as const

function factsOf({ question, principal }: Asked, identity: Caller['identity']): CallFacts {
  const scope = { accountId: principal.accountId, region: question.scope.region }
  const provedCaller = { identity, scope, accessKeyId: undefined }
  return { call: noCall, provedCaller, time: question.now, input: {}, found: [], recipient: undefined }
}
