import { boolean, list, required, type Shape, structure } from '../../../std/index.ts'
import { ownerOf } from '../access-keys/access-key-owner.ts'
import { operation } from '../operation.ts'
import { pageInput } from '../wire/paging.ts'
import { onUser } from '../wire/resources.ts'

/**
 * Makes an operation that lists credentials which users do not have here. Terraform calls it before it deletes a user,
 * and consoles call it too.
 */
export function listNoneOfUser(name: string, member: string, userName: Shape<string>) {
  return operation({
    name,
    effect: 'read',
    input: structure({ UserName: userName, ...pageInput }),
    output: structure({ [member]: required(list(structure({}))), IsTruncated: required(boolean()) }),
    touches: { user: onUser },
    async handle({ input, caller, store }) {
      await ownerOf(store, caller, input)
      return { [member]: [], IsTruncated: false }
    },
  })
}
