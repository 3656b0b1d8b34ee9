import { existingUserNameType } from '../wire/shapes.ts'
import { listNoneOfUser } from './none-of-user.ts'

export const ListMFADevices = listNoneOfUser('ListMFADevices', 'MFADevices', existingUserNameType)
