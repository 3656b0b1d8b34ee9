import { userNameType } from '../wire/shapes.ts'
import { listNoneOfUser } from './none-of-user.ts'

export const ListServiceSpecificCredentials = listNoneOfUser(
  'ListServiceSpecificCredentials',
  'ServiceSpecificCredentials',
  userNameType,
)
