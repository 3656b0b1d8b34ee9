import { compilePolicy } from '../../access/index.ts'

const allowsEverything = compilePolicy(
  '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
  'identity',
  'the other account',
)

/** The policies of a caller of a different account, which are not read: they allow everything, so that the key's side decides alone. */
export const policiesOfOtherAccount = {
  identityPolicies: [allowsEverything],
  serviceControlPolicies: undefined,
}
