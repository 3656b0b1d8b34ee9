import { type ConditionContext, type Explanation, explain } from '../access/index.ts'
import {
  type GrantOperation,
  grantOperations,
  type Identity,
  kmsActions,
  keyActions as kmsKeyActions,
  parseArn,
  ServiceError,
  validation,
} from '../domain/index.ts'
import { identityOfRole, identityOfUser, rootIdentity } from '../identity/index.ts'
import type { Millis } from '../std/index.ts'
import type { Reader } from '../store/index.ts'
import type { Access } from './admission.ts'
import type { Authorizer } from './authorize.ts'
import type { Caller } from './call.ts'
import type { KeyRequirement } from './operation.ts'
import type { CallFacts, RequestContext } from './request-context.ts'
import { type KeyUse, resolveKey } from './resolve.ts'

/** A question about a permission: what would be decided, if somebody asked for it. */
export interface AccessQuestion {
  /** Who would ask: the ARN of a user, a role or an account's root. */
  readonly principalArn: string
  readonly region: string
  /** With the service's prefix. */
  readonly action: string
  /** Names a key as requests do; undefined for actions that are about none. */
  readonly keyId: string | undefined
  /** What the request would say to conditions, by the names of condition keys. */
  readonly given: ReadonlyMap<string, readonly string[]>
}

/** Answers a question about a permission with the engine that decides, and with all that it looked at. */
export async function explainAccess(
  question: AccessQuestion,
  { authorizer, access, now }: { authorizer: Authorizer; access: Access; now: Millis },
): Promise<Explanation> {
  const action = spellingOf(question.action)
  const { keyId } = question
  checkAction(action, keyId)
  const identity = await findIdentity(access.store, question.principalArn, now)
  const { accountId } = identity.principal
  const caller: Caller = { identity, scope: { accountId, region: question.region }, accessKeyId: undefined }
  const facts: CallFacts = {
    call: nowhere,
    provedCaller: caller,
    time: now,
    input: {},
    uses: [],
    recipient: undefined,
  }
  const requestFor = (use: KeyUse | undefined) =>
    authorizer.contextOf(facts, { action, use, conditions: undefined })
  if (keyId === undefined) {
    const context = new GivenContext(question.given, requestFor(undefined))
    return explain(authorizer.requestOf(facts, action, { arn: '*', accountId, policy: undefined }, context))
  }
  const requirement = requirementOf(action, question.given, keyId)
  const use = await resolveKey({ name: 'key', requirement, action, input: {}, caller, now }, access.keys)
  const context = new GivenContext(question.given, requestFor(use))
  const request = authorizer.keyRequestOf(facts, use, context)
  const grant = await authorizer.findGrant(caller, use, access.grants)
  return explain({ ...request, grant })
}

/** As AWS writes it: policies take actions in any letters, and condition keys are known by it. */
function spellingOf(action: string): string {
  const name = kmsActions.find(known => `kms:${known}`.toLowerCase() === action.toLowerCase())
  return name === undefined ? action : `kms:${name}`
}

/** Whom grants and their accounts let retire a grant is no question about a key and its policies. */
function checkAction(action: string, keyId: string | undefined): void {
  if (action === 'kms:RetireGrant') throw validation('Who may retire a grant is said by the grant itself.')
  const isAboutKey = kmsKeyActions.some(name => `kms:${name}` === action)
  if (keyId !== undefined && !isAboutKey) throw validation(`${action} is about no key; leave KeyId out.`)
}

/** Of no call: what it would say of itself has to be given. */
const nowhere = {
  sourceIpAddress: '',
  userAgent: undefined,
  referer: undefined,
  isSecure: false,
} as const
const ofCall = new Set(['aws:sourceip', 'aws:securetransport', 'aws:useragent', 'aws:referer'])

/** What is given goes before what the key and the principal have. */
class GivenContext implements ConditionContext {
  readonly #given: ReadonlyMap<string, readonly string[]>
  readonly #request: RequestContext

  constructor(given: AccessQuestion['given'], request: RequestContext) {
    this.#given = new Map(Array.from(given, ([name, values]) => [name.toLowerCase(), values]))
    this.#request = request
  }

  valuesOf(name: string): readonly string[] | undefined {
    return this.#given.get(name) ?? (ofCall.has(name) ? undefined : this.#request.valuesOf(name))
  }
}

const contextPrefix = /^kms:EncryptionContext:/i

/** Grants are looked for as the operation of the action would look for them; of those that make or end grants none are. */
function requirementOf(
  action: string,
  given: AccessQuestion['given'],
  keyId: string,
): KeyRequirement<unknown> {
  const operation = grantOperations.find(name => `kms:${name}` === action)
  const encryptionContext = new Map<string, string>()
  for (const [name, [value = '']] of given) {
    if (contextPrefix.test(name)) encryptionContext.set(name.replace(contextPrefix, ''), value)
  }
  const isPlain = (name: GrantOperation | undefined): name is GrantOperation =>
    name !== undefined && name !== 'CreateGrant' && name !== 'RetireGrant'
  return {
    from: () => keyId,
    forms: 'key-or-alias',
    crossAccount: true,
    ...(isPlain(operation) && { grant: () => ({ operation, encryptionContext }) }),
  }
}

const sessionMillis = 3_600_000

async function findIdentity(reader: Reader, principalArn: string, now: Millis): Promise<Identity> {
  const arn = parseArn(principalArn)
  const [, kind, name = ''] = /^(root|user|role)(?:\/(?:.*\/)?([^/]+))?$/.exec(arn?.resource ?? '') ?? []
  if (arn?.service !== 'iam' || kind === undefined) throw noSuchPrincipal(principalArn)
  const { accountId } = arn
  if (kind === 'root' && (await reader.hasAccount(accountId))) return rootIdentity(accountId)
  const identity =
    kind === 'user'
      ? await identityOfUser(reader, accountId, name)
      : kind === 'role'
        ? await identityOfAnySession(reader, accountId, name, now)
        : undefined
  if (identity === undefined) throw noSuchPrincipal(principalArn)
  return identity
}

/** A session of a role that was given nothing of its own. */
async function identityOfAnySession(reader: Reader, accountId: string, roleName: string, now: Millis) {
  const role = await reader.findRole(accountId, roleName)
  if (role === undefined) return undefined
  const facts = {
    issuedAt: now,
    expiresAt: now + sessionMillis,
    isMfaAuthenticated: undefined,
    sourceIdentity: undefined,
    federatedProvider: undefined,
    transitiveTagKeys: [],
    sessionTagKeys: [],
  }
  return await identityOfRole(reader, role, {
    sessionName: 'session',
    sessionPolicies: undefined,
    sessionTags: [],
    facts,
  })
}

const noSuchPrincipal = (arn: string) =>
  new ServiceError(
    'NotFoundException',
    `The principal ${arn} does not exist, or is no user, role or account.`,
  )
