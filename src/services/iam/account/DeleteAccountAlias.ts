import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { noSuchEntity } from '../wire/entities.ts'
import { accountAliasType } from './account-aliases.ts'

/** Deletes the alias of the account. */
export const DeleteAccountAlias = operation({
  name: 'DeleteAccountAlias',
  effect: 'write',
  input: structure({ AccountAlias: required(accountAliasType) }),
  output: undefined,
  async handle({ input, scope: { accountId }, store }) {
    const found = await store.accountAliases.findOfAccount(accountId)
    // The answer is the same for an alias of a different account.
    if (found?.alias !== input.AccountAlias) {
      throw noSuchEntity(`The account alias ${input.AccountAlias} cannot be found.`)
    }
    await store.accountAliases.delete(found)
  },
})
