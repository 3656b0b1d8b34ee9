import { iamConditionKeyActions } from '../../domain/index.ts'
import type { ServiceConditionKeys } from '../../operation/index.ts'

/**
 * The condition keys of IAM (Service Authorization Reference, "AWS Identity and Access Management"). The operations
 * give values to all of them. Some exist only for some actions.
 */
export const conditionKeys: ServiceConditionKeys = {
  prefix: 'iam:',
  has: (name, action) => iamConditionKeyActions.get(name)?.includes(action) !== false,
  valuesOf: () => undefined,
}
