import { structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { noSuchEntity } from '../wire/entities.ts'

/**
 * Deletes the password policy of the account. Accounts have none here, so it always throws NoSuchEntityException (text
 * recorded from AWS).
 */
export const DeleteAccountPasswordPolicy = operation({
  name: 'DeleteAccountPasswordPolicy',
  effect: 'write',
  input: structure({}),
  output: undefined,
  handle() {
    throw noSuchEntity('The account policy with name PasswordPolicy cannot be found.')
  },
})
