import { partitionOf, type Scope } from './region.ts'

/** The six fields of an ARN: arn:partition:service:region:account:resource. */
export interface Arn {
  readonly partition: string
  readonly service: string
  readonly region: string
  readonly accountId: string
  /** Everything after the fifth colon; may contain colons itself. */
  readonly resource: string
}

/** Reads an ARN; undefined for text that is not an ARN (AWS General Reference, "ARN format"). */
export function parseArn(text: string): Arn | undefined {
  const match = /^arn:([a-z][a-z0-9-]*):([a-z0-9-]+):([a-z0-9-]*):(\d{12}|):(.+)$/s.exec(text)
  if (match === null) return undefined
  const [, partition = '', service = '', region = '', accountId = '', resource = ''] = match
  return { partition, service, region, accountId, resource }
}

/** Writes an ARN as text. */
export function renderArn(arn: Arn): string {
  return `arn:${arn.partition}:${arn.service}:${arn.region}:${arn.accountId}:${arn.resource}`
}

/** The ARN of a KMS key. */
export function keyArn(scope: Scope, keyId: string): string {
  return `arn:${partitionOf(scope.region)}:kms:${scope.region}:${scope.accountId}:key/${keyId}`
}

/** The ARN of an alias; `aliasName` has its `alias/` prefix. */
export function aliasArn(scope: Scope, aliasName: string): string {
  return `arn:${partitionOf(scope.region)}:kms:${scope.region}:${scope.accountId}:${aliasName}`
}

/** The ARN of an account's root user, which also stands for the account. */
export function rootArn(accountId: string, partition = 'aws'): string {
  return `arn:${partition}:iam::${accountId}:root`
}

// All entities of IAM have ARNs in the partition `aws`: see parsePrincipalArn.
const iamArn = (accountId: string, kind: string, path: string, name: string) =>
  `arn:aws:iam::${accountId}:${kind}${path}${name}`

/** The ARN of a user; `path` is `/`, or a longer path such as `/a/b/`. */
export function userArn(accountId: string, userName: string, path = '/'): string {
  return iamArn(accountId, 'user', path, userName)
}

/** The ARN of a group; `path` as in `userArn`. */
export function groupArn(accountId: string, groupName: string, path = '/'): string {
  return iamArn(accountId, 'group', path, groupName)
}

/** The ARN of a role; `path` as in `userArn`. */
export function roleArn(accountId: string, roleName: string, path = '/'): string {
  return iamArn(accountId, 'role', path, roleName)
}

/** The ARN of a managed policy; `accountId` is `aws` for an AWS managed policy. */
export function policyArn(accountId: string, policyName: string, path = '/'): string {
  return iamArn(accountId, 'policy', path, policyName)
}

/** The ARN of an instance profile; `path` as in `userArn`. */
export function instanceProfileArn(accountId: string, name: string, path = '/'): string {
  return iamArn(accountId, 'instance-profile', path, name)
}

/** The ARN of a session of a role. It does not contain the role's path. */
export function assumedRoleArn(accountId: string, roleName: string, sessionName: string): string {
  return `arn:aws:sts::${accountId}:assumed-role/${roleName}/${sessionName}`
}

/** The ARN of a federated user. */
export function federatedUserArn(accountId: string, name: string): string {
  return `arn:aws:sts::${accountId}:federated-user/${name}`
}

/** The ARN of an OpenID Connect provider; `host` is its issuer without the scheme. */
export function oidcProviderArn(accountId: string, host: string): string {
  return `arn:aws:iam::${accountId}:oidc-provider/${host}`
}
