import { callersOf, makeKey, policyOf, type TestKey } from '../../fixtures/caller.ts'
import { allow, seedAccessKey, seedUser } from '../../fixtures/seed.ts'
import { testServer } from '../../fixtures/test-server.ts'
import { here, ours, rootOf, theirs, there, userArn } from '../../fixtures/worlds/two-accounts.ts'

export const sharedId = '11111111-1111-4111-8111-111111111111'
export const absentId = '99999999-9999-4999-8999-999999999999'
export const [bobArn, benArn] = [userArn('bob', theirs), userArn('ben', theirs)]
export const delegation = allow('kms:*', '*', rootOf(ours))

/** Keys with the same id and alias name in every account and Region. The description says whose key it is. */
const keyIn = (region: string, description: string) => ({
  id: sharedId,
  region,
  description,
  aliases: ['alias/shared'],
  tags: { of: description },
})

const seed = {
  accounts: [
    {
      id: ours,
      users: [seedUser('alice', allow('*'))],
      keys: [keyIn(here, 'ours here'), keyIn(there, 'ours there')],
    },
    {
      id: theirs,
      root: { accessKeys: [seedAccessKey('theirroot')] },
      users: [seedUser('bob', allow('*')), seedUser('ben')],
      keys: [keyIn(here, 'theirs here')],
    },
  ],
}

/**
 * A server of two accounts with these keys (see `testServer`). Alice may do everything in our account, bob in theirs; ben may
 * do nothing.
 */
export async function crossAccountWorld() {
  const keyward = await testServer({ seed, regions: [here, there] })
  const as = callersOf(keyward)
  const alice = as('alice')
  /** A key of our account whose policy also has these statements. */
  const keyWith = (...statements: object[]): Promise<TestKey> =>
    makeKey(alice, { Policy: policyOf(delegation, ...statements) })
  return { keyward, as, alice, bob: as('bob'), keyWith }
}

const noneAllows =
  'because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access'

/** AWS's message about a key of a different account, whether the key exists or not. */
export const foreignText = (principalArn: string, action: string, arn: string) =>
  `User: ${principalArn} is not authorized to perform: ${action} on resource: ${arn} ${noneAllows}`

/** AWS's message about the key of a ciphertext. */
export const ciphertextText = (principalArn: string, action: string) =>
  `User: ${principalArn} is not authorized to perform: ${action} on the resource associated with this ciphertext ${noneAllows}`

/**
 * AWS's message if the account of the key allows the call, but the caller's own account does not (recorded from AWS, for a
 * call that a grant allows).
 */
export const notAllowedAtHome = (principalArn: string, action: string, where = 'this resource') =>
  `User: ${principalArn} is not authorized to perform: ${action} on ${where} because no identity-based policy allows the ${action} action`
