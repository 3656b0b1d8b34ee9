import type { Deployment } from '../../../domain/index.ts'
import { type Scope, ServiceError } from '../../../domain/index.ts'
import type { Reader } from '../../../store/index.ts'

/** Throws LimitExceededException if an account has as many keys in a region as its quota allows. */
export async function checkKeyQuota(store: Reader, scope: Scope, { quotas }: Deployment): Promise<void> {
  if ((await store.keys.count(scope)) < quotas.keys) return
  throw new ServiceError(
    'LimitExceededException',
    `An account can have at most ${quotas.keys} KMS keys in a Region.`,
  )
}
