import { listNoneOfUser } from './none-of-user.ts'

export const ListMFADevices = listNoneOfUser('ListMFADevices', 'MFADevices')
