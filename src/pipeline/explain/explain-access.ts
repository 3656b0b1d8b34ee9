import { type AccessRequest, endpointConditionKeys, explain } from '../../access/index.ts'
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
import type {
  AccessAnswer,
  AccessQuestion,
  Caller,
  Endpoint,
  Endpoints,
  KeyRequirement,
} from '../../operation/index.ts'
import type { LookUps } from '../look-ups.ts'
import type { Authorizer } from '../permission/authorizer.ts'
import type { CallFacts } from '../permission/call-facts.ts'
import { resolveKey } from '../permission/resolve-key.ts'
import { GivenContext } from './given-context.ts'
import { policiesOfOtherAccount } from './other-account.ts'
import { questionFacts } from './question-facts.ts'

/** The parts of the pipeline that decide. */
interface Deciders {
  readonly authorizer: Authorizer
  readonly cached: LookUps
  readonly endpoints?: Endpoints | undefined
}

/** A question whose principal is parsed. */
interface ParsedQuestion {
  readonly question: AccessQuestion
  readonly principal: NamedPrincipal
  /** The VPC endpoint that the question names, if the asking account has it. */
  readonly endpoint: Endpoint | undefined
}

type Explained = Omit<AccessAnswer, 'unreadEndpoint' | 'isEndpointUnnamed'>

/**
 * Answers a question about a permission with the engine that decides calls, on the same data. If two accounts are
 * involved, the asking account learns its own side only: nothing of the other account is read, so that the answer
 * cannot reveal any of it. Throws AccessDeniedException, NotFoundException and ValidationException.
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
  if (key !== undefined && key.scope.accountId !== principal.accountId && !question.mayCrossAccounts)
    throw validation(`${action} cannot be performed on keys of other accounts.`)
  if (question.keyPolicyDraft !== undefined && key?.scope.accountId !== scope.accountId)
    throw validation(`A draft of a key policy needs a key of account ${scope.accountId}.`)
  const vpceId = sourceVpceOf(question)
  const endpoint = vpceId === undefined ? undefined : ownEndpoint(vpceId, question, deciders)
  const explained = await explainSide({ question, principal, endpoint }, key, deciders)
  return {
    ...explained,
    unreadEndpoint: endpoint === undefined ? vpceId : undefined,
    isEndpointUnnamed: vpceId === undefined && givesEndpointFacts(question),
  }
}

const givesEndpointFacts = ({ given }: AccessQuestion) =>
  Array.from(given).some(
    ([name, values]) => endpointConditionKeys.has(name.toLowerCase()) && values.length > 0,
  )

/** Returns the id of the endpoint that the question gives as aws:SourceVpce; undefined if it gives none. No endpoint has several. */
function sourceVpceOf({ given }: AccessQuestion): string | undefined {
  const values = Array.from(given).find(([name]) => name.toLowerCase() === 'aws:sourcevpce')?.[1]
  return values === undefined || values.length === 0 ? undefined : values.join()
}

/**
 * An endpoint of a different account must look like one that does not exist. One of a different service does not take part either: the
 * request cannot come through it.
 */
function ownEndpoint(
  vpceId: string,
  { scope, action }: AccessQuestion,
  { endpoints }: Deciders,
): Endpoint | undefined {
  const endpoint = endpoints?.find(vpceId)
  const isOwn = endpoint?.accountId === scope.accountId && endpoint.region === scope.region
  return isOwn && action.startsWith(`${endpoint.service}:`) ? endpoint : undefined
}

function explainSide(
  parsed: ParsedQuestion,
  key: KeyIdentifier | undefined,
  deciders: Deciders,
): Promise<Explained> {
  const { question, principal } = parsed
  if (key === undefined) return explainWithoutKey(parsed, deciders)
  if (key.scope.accountId === principal.accountId) return explainOwn(parsed, key, deciders)
  return principal.accountId === question.scope.accountId
    ? explainCallersSide(parsed, key, deciders)
    : explainKeysSide(parsed, key, deciders)
}

async function explainWithoutKey(parsed: ParsedQuestion, deciders: Deciders): Promise<Explained> {
  const facts = await ownFacts(parsed, deciders)
  const { action, scope, given } = parsed.question
  const { authorizer } = deciders
  const context = authorizer.contextOf(facts, { action, found: undefined, conditions: undefined })
  const resource = { arn: '*', accountId: scope.accountId, policy: undefined }
  const request = authorizer.requestOf(facts, action, resource, new GivenContext(given, context))
  return { explanation: explain(request), otherAccount: undefined }
}

async function explainOwn(
  parsed: ParsedQuestion,
  key: KeyIdentifier,
  deciders: Deciders,
): Promise<Explained> {
  const request = await keyRequest(parsed, key, await ownFacts(parsed, deciders), deciders)
  return { explanation: explain(request), otherAccount: undefined }
}

/**
 * Explains the side of the caller's account if the key belongs to a different account: only the ARN of the key is
 * known.
 */
async function explainCallersSide(
  parsed: ParsedQuestion,
  key: KeyIdentifier,
  deciders: Deciders,
): Promise<Explained> {
  if (key.type === 'alias')
    throw validation('Name a key of a different account by its key ARN, not by an alias.')
  const facts = await ownFacts(parsed, deciders)
  const { action, scope, given } = parsed.question
  const { accountId: otherAccount } = key.scope
  const about = { action, found: undefined, conditions: undefined, accountId: otherAccount }
  const context = new GivenContext(given, deciders.authorizer.contextOf(facts, about), /^aws:resourceorg/)
  // This resource is in the caller's account and has no policy, so that the caller's side decides alone.
  const resource = { arn: identifierArn(key), accountId: scope.accountId, policy: undefined }
  const request = deciders.authorizer.requestOf(facts, action, resource, context)
  return { explanation: explain(request), otherAccount }
}

/**
 * Explains the side of the key's account if the caller belongs to a different account: only the ARN of the caller is
 * known.
 */
async function explainKeysSide(
  parsed: ParsedQuestion,
  key: KeyIdentifier,
  deciders: Deciders,
): Promise<Explained> {
  const { principal, question } = parsed
  const facts = factsOf(parsed, foreignIdentity(principal, question.now))
  const request = await keyRequest(parsed, key, facts, deciders, /^aws:(principalorg|userid$)/)
  const explanation = explain({
    ...request,
    // These stand for the policies of the other account, which must also allow the call, so that the key's side decides alone.
    ...policiesOfOtherAccount,
  })
  const policies = explanation.policies.filter(({ policyType }) => policyType !== 'identity-based')
  return { explanation: { ...explanation, policies }, otherAccount: principal.accountId }
}

/** Returns the request that the policies decide on, for a key of the asking account. */
async function keyRequest(
  { question }: ParsedQuestion,
  key: KeyIdentifier,
  facts: CallFacts,
  { authorizer, cached }: Deciders,
  hidden?: RegExp,
): Promise<AccessRequest> {
  const { provedCaller: caller } = facts
  const { action, scope, given, grant, now, keyPolicyDraft } = question
  const requirement: KeyRequirement<unknown> = {
    from: () => identifierArn(key),
    forms: 'key-or-alias',
    ...(grant && { grant }),
  }
  // The asking account looks for the key, and so learns if the key does not exist.
  const finder = { ...caller, scope }
  const named = { name: 'key', requirement, action, input: {}, caller: finder, now }
  const stored = { ...(await resolveKey(named, cached.keys)), caller }
  const found =
    keyPolicyDraft === undefined ? stored : { ...stored, key: { ...stored.key, policy: keyPolicyDraft } }
  const context = authorizer.contextOf(facts, { action, found, conditions: undefined })
  const request = authorizer.keyRequestOf(facts, found, new GivenContext(given, context, hidden))
  return { ...request, grant: await authorizer.findGrant(caller, found, cached.grants) }
}

async function ownFacts(parsed: ParsedQuestion, { cached }: Deciders): Promise<CallFacts> {
  const { principal, question } = parsed
  return factsOf(parsed, await getNamedIdentity(cached.store, principal, question.now))
}

function factsOf({ question, endpoint }: ParsedQuestion, identity: Caller['identity']): CallFacts {
  return questionFacts(identity, question.scope, question.now, endpoint)
}
