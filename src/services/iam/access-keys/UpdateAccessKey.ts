import { ServiceError } from '../../../domain/index.ts'
import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { onUser } from '../wire/resources.ts'
import { accessKeyIdType, accessKeyStatusType, existingUserNameType } from '../wire/shapes.ts'
import { getAccessKey } from './access-key-owner.ts'

/** Changes the status of an access key to Active or Inactive. */
export const UpdateAccessKey = operation({
  name: 'UpdateAccessKey',
  effect: 'write',
  input: structure({
    UserName: existingUserNameType,
    AccessKeyId: required(accessKeyIdType),
    Status: required(accessKeyStatusType),
  }),
  output: undefined,
  touches: { user: onUser },
  async handle({ input, caller, store }) {
    if (input.Status === 'Expired') {
      throw new ServiceError(
        'InvalidInputException',
        'The status of an access key can be Active or Inactive.',
      )
    }
    const key = await getAccessKey(store, caller, input)
    await store.accessKeys.update({ ...key, isActive: input.Status === 'Active' })
  },
})
