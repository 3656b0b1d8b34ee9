import { boolean, enumeration, list, required, structure } from '../../../std/index.ts'
import { operation } from '../wire/operation.ts'
import { pageInput } from '../wire/paging.ts'

/** There are no MFA devices here, which Terraform looks for before it deletes a user. */
export const ListVirtualMFADevices = operation({
  name: 'ListVirtualMFADevices',
  effect: 'read',
  input: structure({ AssignmentStatus: enumeration(['Assigned', 'Unassigned', 'Any']), ...pageInput }),
  output: structure({ VirtualMFADevices: required(list(structure({}))), IsTruncated: required(boolean()) }),
  handle() {
    return { VirtualMFADevices: [], IsTruncated: false }
  },
})
