import { listNoneOfUser } from './none-of-user.ts'
import { userNameType } from './shapes.ts'

export const ListSSHPublicKeys = listNoneOfUser('ListSSHPublicKeys', 'SSHPublicKeys', userNameType)
