import { userNameType } from '../wire/shapes.ts'
import { listNoneOfUser } from './none-of-user.ts'

/** Lists the SSH public keys of a user; users have none here. */
export const ListSSHPublicKeys = listNoneOfUser('ListSSHPublicKeys', 'SSHPublicKeys', userNameType)
