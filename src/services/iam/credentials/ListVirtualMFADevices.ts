import { boolean, enumeration, list, required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { pageInput } from '../wire/paging.ts'

/**
 * Lists the virtual MFA devices of the account. There are none here, but Terraform asks for them before it deletes a
 * user.
 */
export const ListVirtualMFADevices = operation({
  name: 'ListVirtualMFADevices',
  effect: 'read',
  input: structure({ AssignmentStatus: enumeration(['Assigned', 'Unassigned', 'Any']), ...pageInput }),
  output: structure({ VirtualMFADevices: required(list(structure({}))), IsTruncated: required(boolean()) }),
  handle() {
    return { VirtualMFADevices: [], IsTruncated: false }
  },
})
