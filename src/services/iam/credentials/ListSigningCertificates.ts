import { existingUserNameType } from '../wire/shapes.ts'
import { listNoneOfUser } from './none-of-user.ts'

export const ListSigningCertificates = listNoneOfUser(
  'ListSigningCertificates',
  'Certificates',
  existingUserNameType,
)
