import { listNoneOfUser } from './none-of-user.ts'
import { existingUserNameType } from './shapes.ts'

export const ListMFADevices = listNoneOfUser('ListMFADevices', 'MFADevices', existingUserNameType)
