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

export function userArn(accountId: string, userName: string, partition = 'aws'): string {
  return `arn:${partition}:iam::${accountId}:user/${userName}`
}
