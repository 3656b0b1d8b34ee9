import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type AccessGrant,
  type AccessRequest,
  type CompiledPolicy,
  type ConditionContext,
  compilePolicy,
  type Decision,
  type PolicyKind,
} from '../../src/access/index.ts'
import type { Principal } from '../../src/domain/index.ts'
import { defaultKeyPolicy } from '../../src/domain/index.ts'

// The format of the tables of policy cases, and the request that a case becomes.

/** A list of statements, or a whole document. */
export type PolicyText = readonly object[] | { readonly Version?: string; readonly Statement: unknown }

export interface PolicyCase {
  readonly name: string
  readonly request: {
    /** A name of `principals`. */
    readonly by: string
    readonly action: string
    readonly resource?: string
    readonly context?: Readonly<Record<string, readonly string[]>>
    readonly isAwsManagedKey?: boolean
    readonly federatedProvider?: string
  }
  readonly policies: {
    readonly key?: PolicyText | 'default'
    readonly trust?: PolicyText
    readonly identity?: readonly PolicyText[]
    readonly boundary?: PolicyText
    readonly session?: readonly PolicyText[]
    readonly serviceControl?: readonly (readonly PolicyText[])[]
    readonly resourceControl?: readonly (readonly PolicyText[])[]
    readonly endpoint?: PolicyText
    readonly grant?: AccessGrant
  }
  /** `allow`, `deny TYPE` or `missing TYPE`. */
  readonly expected: string
  /** The Sid of a deciding statement, or the id of a deciding grant. It is among the reasons with the effect of the outcome. */
  readonly statement?: string
}

/** A condition by itself, which is tested in an Allow and in a Deny. */
export interface ConditionCase {
  readonly name: string
  readonly condition: object
  readonly context: Readonly<Record<string, readonly string[]>>
  readonly met: boolean
}

export interface CaseTable {
  readonly file: string
  readonly page: string
  readonly cases: readonly (PolicyCase | ConditionCase)[]
}

export function readTables(): CaseTable[] {
  return readdirSync(import.meta.dirname)
    .filter(name => name.endsWith('.json'))
    .map(file => ({ file, ...(JSON.parse(readFileSync(join(import.meta.dirname, file), 'utf8')) as object) }))
    .map(table => table as CaseTable)
}

export const home = '111122223333'
export const abroad = '444455556666'
export const keyArn = `arn:aws:kms:us-east-1:${home}:key/1234abcd-12ab-34cd-56ef-1234567890ab`

const user = (userName: string, accountId = home, path = ''): Principal => ({
  type: 'IAMUser',
  accountId,
  arn: `arn:aws:iam::${accountId}:user/${path}${userName}`,
  principalId: `AIDA${userName.toUpperCase()}`,
  userName,
})
const session = (roleName: string, sessionName: string, accountId = home, path = ''): Principal => ({
  type: 'AssumedRole',
  accountId,
  arn: `arn:aws:sts::${accountId}:assumed-role/${roleName}/${sessionName}`,
  principalId: `AROA${roleName.toUpperCase()}:${sessionName}`,
  roleName,
  roleArn: `arn:aws:iam::${accountId}:role/${path}${roleName}`,
  roleId: `AROA${roleName.toUpperCase()}`,
  sessionName,
})
const root = (accountId: string): Principal => ({
  type: 'Root',
  accountId,
  arn: `arn:aws:iam::${accountId}:root`,
  principalId: accountId,
})
const service = (name: string, accountId: string): Principal => ({
  type: 'AWSService',
  accountId,
  arn: name,
  principalId: name,
  service: name,
})

export const principals: ReadonlyMap<string, Principal> = new Map([
  ['alice', user('alice')],
  ['bob', user('bob')],
  ['carol', user('carol', home, 'division/')],
  ['erin', user('erin', abroad)],
  ['root', root(home)],
  ['foreign root', root(abroad)],
  ['reader', session('Reader', 's1', home, 'app/')],
  ['visitor', session('Visitor', 'v1', abroad)],
  ['slr', session('AWSServiceRoleForRDS', 'rds', home, 'aws-service-role/rds.amazonaws.com/')],
  ['fake slr', session('Fake', 'x', home, 'my/aws-service-role/')],
  ['s3', service('s3.amazonaws.com', home)],
  ['foreign s3', service('s3.amazonaws.com', abroad)],
  // A user of an identity provider, who is not a principal of AWS.
  ['nobody', service('nobody', home)],
  [
    'pat',
    {
      type: 'FederatedUser',
      accountId: home,
      arn: `arn:aws:sts::${home}:federated-user/pat`,
      principalId: `${home}:pat`,
      userName: 'pat',
    },
  ],
])

export function contextOf(values: Readonly<Record<string, readonly string[]>> = {}): ConditionContext {
  const byKey = new Map(Object.entries(values).map(([key, list]) => [key.toLowerCase(), list]))
  return { valuesOf: key => byKey.get(key) }
}

export function compile(policy: PolicyText, kind: PolicyKind): CompiledPolicy {
  const document = Array.isArray(policy) ? { Version: '2012-10-17', Statement: policy } : policy
  return compilePolicy(JSON.stringify(document), kind, kind)
}

export function requestOf({ request, policies }: PolicyCase): AccessRequest {
  const principal = principals.get(request.by)
  if (principal === undefined) throw new Error(`there is no principal ${request.by}`)
  const { key, trust, identity = [], boundary, session, serviceControl, resourceControl, endpoint } = policies
  const resourcePolicy =
    key === 'default'
      ? compilePolicy(defaultKeyPolicy(home, 'aws'), 'key', 'key policy')
      : (key && compile(key, 'key')) || (trust && compile(trust, 'trust'))
  return {
    principal,
    identityPolicies: identity.map(policy => compile(policy, 'identity')),
    boundary: boundary && compile(boundary, 'boundary'),
    sessionPolicies: session?.map(policy => compile(policy, 'session')),
    serviceControlPolicies: serviceControl?.map(level => level.map(one => compile(one, 'serviceControl'))),
    resourceControlPolicies: resourceControl?.map(level => level.map(one => compile(one, 'resourceControl'))),
    endpointPolicy: endpoint && compile(endpoint, 'endpoint'),
    action: request.action,
    resource: {
      arn: request.resource ?? keyArn,
      accountId: home,
      policy: resourcePolicy,
      isAwsManagedKey: request.isAwsManagedKey,
    },
    grant: policies.grant,
    context: contextOf(request.context),
    federatedProvider: request.federatedProvider,
  }
}

/** The two policy cases of a condition: in an Allow, and in a Deny. */
export function casesOf({ name, condition, context, met }: ConditionCase): PolicyCase[] {
  const alice = { AWS: `arn:aws:iam::${home}:user/alice` }
  const base = { Principal: alice, Action: 'kms:*', Resource: '*' }
  const allowing = { Sid: 'tested', Effect: 'Allow', ...base, Condition: condition }
  const denying = { Sid: 'tested', Effect: 'Deny', ...base, Condition: condition }
  const request = { by: 'alice', action: 'kms:Encrypt', context }
  return [
    {
      name: `${name}: Allow`,
      request,
      policies: { key: [allowing] },
      ...(met ? { expected: 'allow', statement: 'tested' } : { expected: 'missing resource-based' }),
    },
    {
      name: `${name}: Deny`,
      request,
      policies: { key: [{ Sid: 'open', Effect: 'Allow', ...base }, denying] },
      ...(met
        ? { expected: 'deny resource-based', statement: 'tested' }
        : { expected: 'allow', statement: 'open' }),
    },
  ]
}

export function outcomeOf(decision: Decision): string {
  switch (decision.outcome) {
    case 'allow':
      return 'allow'
    case 'explicitDeny':
      return `deny ${decision.deniedBy}`
    case 'implicitDeny':
      return `missing ${decision.missing}`
    case 'undecided':
      return 'undecided'
  }
}
