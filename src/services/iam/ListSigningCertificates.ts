import { listNoneOfUser } from './none-of-user.ts'
import { existingUserNameType } from './shapes.ts'

export const ListSigningCertificates = listNoneOfUser(
  'ListSigningCertificates',
  'Certificates',
  existingUserNameType,
)
