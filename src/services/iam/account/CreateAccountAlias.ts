import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { alreadyExists } from '../wire/entities.ts'
import { accountAliasType } from './account-aliases.ts'

/**
 * Creates the alias of the account, in place of the one that it has: an account has at most one, and no two accounts have
 * the same (IAM user guide, "Use an alias for your AWS account ID").
 */
export const CreateAccountAlias = operation({
  name: 'CreateAccountAlias',
  effect: 'write',
  input: structure({ AccountAlias: required(accountAliasType) }),
  output: undefined,
  async handle({ input: { AccountAlias: alias }, scope: { accountId }, now, store }) {
    if ((await store.accountAliases.find(alias)) !== undefined) {
      throw alreadyExists(`The account alias ${alias} already exists.`)
    }
    await store.accountAliases.put({ accountId, alias, createdAt: now })
  },
})
