import { checkQuota, type Deployment, type Scope } from '../../../domain/index.ts'
import type { Reader } from '../../../store/index.ts'

/** Throws LimitExceededException if an account has as many keys in a region as its quota allows. */
export async function checkKeyQuota(store: Reader, scope: Scope, { quotas }: Deployment): Promise<void> {
  checkQuota('keys', quotas, await store.keys.count(scope))
}
