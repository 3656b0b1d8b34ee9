import type { Networks, Scope, Vpc, VpcEndpoint } from '../../../domain/index.ts'

/** Finds a VPC of the account in the Region of a request. */
export function findVpc(networks: Networks, scope: Scope, vpcId: string): Vpc | undefined {
  return networks.list(scope).find(vpc => vpc.vpcId === vpcId)
}

/** Whether an endpoint is of the account and in the Region of a request. */
export function isOf({ accountId, region }: VpcEndpoint, scope: Scope): boolean {
  return accountId === scope.accountId && region === scope.region
}
