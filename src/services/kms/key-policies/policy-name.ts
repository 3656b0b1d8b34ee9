import { ServiceError } from '../../../domain/index.ts'

/** A key has one policy, and it is called `default`. */
export const defaultPolicyName = 'default'

/** Throws NotFoundException for any name but `default`. */
export function checkPolicyName(policyName: string | undefined): void {
  if (policyName === undefined || policyName === defaultPolicyName) return
  throw new ServiceError('NotFoundException', 'No such policy exists')
}
