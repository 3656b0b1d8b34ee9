import { listNoneOfUser } from './none-of-user.ts'
import { userNameType } from './shapes.ts'

export const ListServiceSpecificCredentials = listNoneOfUser(
  'ListServiceSpecificCredentials',
  'ServiceSpecificCredentials',
  userNameType,
)
