import { accountOfSessionKey, validation } from '../../../domain/index.ts'
import { required, string, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { checkCaller } from '../wire/caller-limits.ts'
import * as shapes from '../wire/shapes.ts'

/** Returns the account of an access key, also of a different account; it does not say whether the key can be used. */
export const GetAccessKeyInfo = operation({
  name: 'GetAccessKeyInfo',
  effect: 'read',
  input: structure({ AccessKeyId: required(shapes.accessKeyId) }),
  output: structure({ Account: required(string()) }),
  async handle({ input, caller, store }) {
    checkCaller(caller.identity, 'GetAccessKeyInfo')
    const stored = await store.accessKeys.find(input.AccessKeyId)
    const account = stored?.accountId ?? accountOfSessionKey(input.AccessKeyId)
    if (account === undefined) throw validation('The access key ID is not valid.')
    return { Account: account }
  },
})
