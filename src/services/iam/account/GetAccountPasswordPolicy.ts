import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { noSuchEntity } from '../wire/entities.ts'

/**
 * Retrieves the password policy of the account. Users have no passwords here, so accounts have no policy for them, and it
 * always throws NoSuchEntityException, as AWS does for an account without one (text recorded from AWS).
 */
export const GetAccountPasswordPolicy = operation({
  name: 'GetAccountPasswordPolicy',
  effect: 'read',
  input: structure({}),
  output: structure({ PasswordPolicy: required(structure({})) }),
  handle({ scope }) {
    throw noSuchEntity(`The Password Policy with domain name ${scope.accountId} cannot be found.`)
  },
})
