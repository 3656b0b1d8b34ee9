import { existingUserNameType } from '../wire/shapes.ts'
import { listNoneOfUser } from './none-of-user.ts'

/** Lists the MFA devices of a user; users have none here. */
export const ListMFADevices = listNoneOfUser('ListMFADevices', 'MFADevices', existingUserNameType)
