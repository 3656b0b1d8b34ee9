import { existingUserNameType } from '../wire/shapes.ts'
import { listNoneOfUser } from './none-of-user.ts'

/** Lists the signing certificates of a user; users have none here. */
export const ListSigningCertificates = listNoneOfUser(
  'ListSigningCertificates',
  'Certificates',
  existingUserNameType,
)
