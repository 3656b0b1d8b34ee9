import { type AccessRequest, type ConditionContext, compilePolicy, explain } from '../../access/index.ts'
import {
  type GrantOperation,
  grantOperations,
  identifierArn,
  type KeyIdentifier,
  kmsActions,
  keyActions as kmsKeyActions,
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
import type { Millis } from '../../std/index.ts'
import type { AccessAnswer, AccessQuestion } from '../access-question.ts'
import type { Caller } from '../caller.ts'
import type { Access } from '../look-ups.ts'
import type { KeyRequirement } from '../operation.ts'
import type { Authorizer } from '../permission/authorize.ts'
import type { CallFacts } from '../permission/call-facts.ts'
import { resolveKey } from '../resolve.ts'

interface Means {
  readonly authorizer: Authorizer
  readonly access: Access
  readonly now: Millis
}

/**
 * Answers a question about a permission with the engine that decides, and with all that it looked at. Between two accounts
 * each is told its own side only: of the other one nothing is read, so that nothing of it can be in the answer.
 */
export async function explainAccess(question: AccessQuestion, means: Means): Promise<AccessAnswer> {
  const action = checkAction(question)
  const principal = parseNamedPrincipal(question.principalArn)
  const { scope, keyId } = question
  const key = keyId === undefined ? undefined : parseKeyIdentifier(keyId, 'key-or-alias', scope)
  const isOwn = principal.accountId === scope.accountId
  if (!isOwn && key?.scope.accountId !== scope.accountId) {
    throw new ServiceError(
      'AccessDeniedException',
      `${question.principalArn} is not of account ${scope.accountId}${key === undefined ? '' : ', and neither is the key'}.`,
    )
  }
  const asked = { question, action, principal }
  if (key === undefined) return await explainWithoutKey(asked, means)
  if (key.scope.accountId === principal.accountId) return await explainOwn(asked, key, means)
  if (!question.crossAccountActions.has(action)) {
    throw validation(`${action} cannot be performed on keys of other accounts.`)
  }
  return isOwn ? await explainCallersSide(asked, key, means) : await explainKeysSide(asked, key, means)
}

/** The question, with its action as AWS writes it, and its principal read. */
interface Asked {
  readonly question: AccessQuestion
  readonly action: string
  readonly principal: NamedPrincipal
}

/**
 * The action as AWS writes it: policies take actions in any letters, and condition keys are known by it. What other
 * services decide about is not known here. Throws ValidationException.
 */
function checkAction({ action: asked, keyId }: AccessQuestion): string {
  if (!/^kms:/i.test(asked)) {
    throw validation(
      `${asked} is no action of AWS KMS, and only these are explained; iam simulate-principal-policy says what identity policies allow of others.`,
    )
  }
  const name = kmsActions.find(known => `kms:${known}`.toLowerCase() === asked.toLowerCase())
  if (name === undefined) throw validation(`${asked} is an unknown action.`)
  const action = `kms:${name}`
  // Whom grants and their accounts let retire a grant is no question about a key and its policies.
  if (name === 'RetireGrant') throw validation('Who may retire a grant is said by the grant itself.')
  const isAboutKey = kmsKeyActions.some(known => known === name)
  if (keyId !== undefined && !isAboutKey) throw validation(`${action} is about no key; leave KeyId out.`)
  if (keyId === undefined && isAboutKey) throw validation(`${action} is about a key; name it with KeyId.`)
  return action
}

async function explainWithoutKey(asked: Asked, means: Means): Promise<AccessAnswer> {
  const facts = await ownFacts(asked, means)
  const { action, question } = asked
  const context = means.authorizer.contextOf(facts, { action, use: undefined, conditions: undefined })
  const resource = { arn: '*', accountId: question.scope.accountId, policy: undefined }
  const given = new GivenContext(question.given, context)
  const request = means.authorizer.requestOf(facts, action, resource, given)
  return { explanation: explain(request), otherAccount: undefined }
}

async function explainOwn(asked: Asked, key: KeyIdentifier, means: Means): Promise<AccessAnswer> {
  const request = await keyRequest(asked, key, await ownFacts(asked, means), means)
  return { explanation: explain(request), otherAccount: undefined }
}

/** What the account of the caller has to say about a key of another account, of which no more than the ARN is known. */
async function explainCallersSide(asked: Asked, key: KeyIdentifier, means: Means): Promise<AccessAnswer> {
  if (key.type === 'alias') throw validation('Name a key of another account by its key ARN, not by an alias.')
  const facts = await ownFacts(asked, means)
  const { action, question } = asked
  const { accountId: otherAccount } = key.scope
  const about = { action, use: undefined, conditions: undefined, accountId: otherAccount }
  const context = new GivenContext(
    question.given,
    means.authorizer.contextOf(facts, about),
    /^aws:resourceorg/,
  )
  // As of a resource without a policy in the caller's account: what is left to decide is the caller's side.
  const resource = { arn: identifierArn(key), accountId: question.scope.accountId, policy: undefined }
  const request = means.authorizer.requestOf(facts, action, resource, context)
  return { explanation: explain(request), otherAccount }
}

/** What the account of the key has to say about a caller of another account, as far as the caller's ARN tells of it. */
async function explainKeysSide(asked: Asked, key: KeyIdentifier, means: Means): Promise<AccessAnswer> {
  const { accountId: otherAccount } = asked.principal
  const facts = factsOf(callerOf(asked, foreignIdentity(asked.principal, means.now)), means)
  const request = await keyRequest(asked, key, facts, means, /^aws:(principalorg|userid$)/)
  const explanation = explain({
    ...request,
    // Stands for the other account's, which must allow too, so that what is left to decide is the key's side.
    identityPolicies: [everything],
    serviceControlPolicies: undefined,
  })
  const policies = explanation.policies.filter(({ policyType }) => policyType !== 'identity-based')
  return { explanation: { ...explanation, policies }, otherAccount }
}

const everything = compilePolicy(
  '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
  'identity',
  'the other account',
)

/** The request for a key of the account that wants to know. */
async function keyRequest(
  { question, action }: Asked,
  key: KeyIdentifier,
  facts: CallFacts,
  { authorizer, access, now }: Means,
  hidden?: RegExp,
): Promise<AccessRequest> {
  const { provedCaller: caller } = facts
  const requirement = requirementOf(action, question.given, identifierArn(key))
  // Found for the account that wants to know, which is told when it is not there.
  const finder = { ...caller, scope: question.scope }
  const found = await resolveKey(
    { name: 'key', requirement, action, input: {}, caller: finder, now },
    access.keys,
  )
  const use = { ...found, caller }
  const context = authorizer.contextOf(facts, { action, use, conditions: undefined })
  const request = authorizer.keyRequestOf(facts, use, new GivenContext(question.given, context, hidden))
  return { ...request, grant: await authorizer.findGrant(caller, use, access.grants) }
}

async function ownFacts(asked: Asked, means: Means): Promise<CallFacts> {
  const identity = await getNamedIdentity(means.access.store, asked.principal, means.now)
  return factsOf(callerOf(asked, identity), means)
}

function callerOf({ question, principal }: Asked, identity: Caller['identity']): Caller {
  const scope = { accountId: principal.accountId, region: question.scope.region }
  return { identity, scope, accessKeyId: undefined }
}

/** Of no call: what it would say of itself has to be given. */
const nowhere = {
  sourceIpAddress: '',
  userAgent: undefined,
  referer: undefined,
  isSecure: false,
} as const
const ofCall = new Set(['aws:sourceip', 'aws:securetransport', 'aws:useragent', 'aws:referer'])

function factsOf(provedCaller: Caller, { now }: Means): CallFacts {
  return { call: nowhere, provedCaller, time: now, input: {}, uses: [], recipient: undefined }
}

/** What is given goes before what the key and the principal have; what is hidden is there only when given. */
class GivenContext implements ConditionContext {
  readonly #given: ReadonlyMap<string, readonly string[]>
  readonly #request: ConditionContext
  readonly #hidden: RegExp | undefined

  constructor(given: AccessQuestion['given'], request: ConditionContext, hidden?: RegExp) {
    this.#given = new Map(Array.from(given, ([name, values]) => [name.toLowerCase(), values]))
    this.#request = request
    this.#hidden = hidden
  }

  valuesOf(name: string): readonly string[] | undefined {
    const given = this.#given.get(name)
    if (given !== undefined || ofCall.has(name) || this.#hidden?.test(name) === true) return given
    return this.#request.valuesOf(name)
  }
}

const contextPrefix = /^kms:EncryptionContext:/i

/** Grants are looked for as the operation of the action would look for them; of those that make or end grants none are. */
function requirementOf(
  action: string,
  given: AccessQuestion['given'],
  keyArn: string,
): KeyRequirement<unknown> {
  const operation = grantOperations.find(name => `kms:${name}` === action)
  const encryptionContext = new Map<string, string>()
  for (const [name, [value = '']] of given) {
    if (contextPrefix.test(name)) encryptionContext.set(name.replace(contextPrefix, ''), value)
  }
  const isPlain = (name: GrantOperation | undefined): name is GrantOperation =>
    name !== undefined && name !== 'CreateGrant' && name !== 'RetireGrant'
  return {
    from: () => keyArn,
    forms: 'key-or-alias',
    ...(isPlain(operation) && { grant: () => ({ operation, encryptionContext }) }),
  }
}
