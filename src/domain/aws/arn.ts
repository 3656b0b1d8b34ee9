import { partitionOf, type Scope } from './region.ts'

/** The six fields of an ARN: arn:partition:service:region:account:resource. */
export interface Arn {
  readonly partition: string
  readonly service: string
  readonly region: string
  readonly accountId: string
  /** Everything after the fifth colon; may hold colons itself. */
  readonly resource: string
}

/** Undefined for text that is not an ARN (AWS General Reference, "ARN format"). */
export function parseArn(text: string): Arn | undefined {
  const match = /^arn:([a-z][a-z0-9-]*):([a-z0-9-]+):([a-z0-9-]*):(\d{12}|):(.+)$/s.exec(text)
  if (match === null) return undefined
  const [, partition = '', service = '', region = '', accountId = '', resource = ''] = match
  return { partition, service, region, accountId, resource }
}

export function renderArn(arn: Arn): string {
  return `arn:${arn.partition}:${arn.service}:${arn.region}:${arn.accountId}:${arn.resource}`
}

export function keyArn(scope: Scope, keyId: string): string {
  return `arn:${partitionOf(scope.region)}:kms:${scope.region}:${scope.accountId}:key/${keyId}`
}

/** `aliasName` with its `alias/` prefix. */
export function aliasArn(scope: Scope, aliasName: string): string {
  return `arn:${partitionOf(scope.region)}:kms:${scope.region}:${scope.accountId}:${aliasName}`
}

export function rootArn(accountId: string, partition = 'aws'): string {
  return `arn:${partition}:iam::${accountId}:root`
}

// Users, roles and what else IAM has are known by the ARNs of one partition: see parsePrincipalArn.
const iamArn = (accountId: string, kind: string, path: string, name: string) =>
  `arn:aws:iam::${accountId}:${kind}${path}${name}`

/** `path` is `/`, or `/a/b/`. */
export function userArn(accountId: string, userName: string, path = '/'): string {
  return iamArn(accountId, 'user', path, userName)
}

export function groupArn(accountId: string, groupName: string, path = '/'): string {
  return iamArn(accountId, 'group', path, groupName)
}

export function roleArn(accountId: string, roleName: string, path = '/'): string {
  return iamArn(accountId, 'role', path, roleName)
}

/** Of a managed policy; `accountId` is `aws` for those of AWS. */
export function policyArn(accountId: string, policyName: string, path = '/'): string {
  return iamArn(accountId, 'policy', path, policyName)
}

/** Of a session of a role, which knows no path. */
export function assumedRoleArn(accountId: string, roleName: string, sessionName: string): string {
  return `arn:aws:sts::${accountId}:assumed-role/${roleName}/${sessionName}`
}

export function federatedUserArn(accountId: string, name: string): string {
  return `arn:aws:sts::${accountId}:federated-user/${name}`
}

/** Of an OpenID Connect provider; `host` is its issuer without the scheme. */
export function oidcProviderArn(accountId: string, host: string): string {
  return `arn:aws:iam::${accountId}:oidc-provider/${host}`
}
