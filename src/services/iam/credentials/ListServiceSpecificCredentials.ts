import { userNameType } from '../wire/shapes.ts'
import { listNoneOfUser } from './none-of-user.ts'

/** Lists the service-specific credentials of a user; users have none here. */
export const ListServiceSpecificCredentials = listNoneOfUser(
  'ListServiceSpecificCredentials',
  'ServiceSpecificCredentials',
  userNameType,
)
