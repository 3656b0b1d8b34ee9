import { listNoneOfUser } from './none-of-user.ts'

export const ListSSHPublicKeys = listNoneOfUser('ListSSHPublicKeys', 'SSHPublicKeys')
