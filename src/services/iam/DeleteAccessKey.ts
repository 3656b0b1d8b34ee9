import { operation } from '../../pipeline/index.ts'
import { required, structure } from '../../std/index.ts'
import { getAccessKey } from './access-key-owner.ts'
import { onUser } from './resources.ts'
import { accessKeyIdType, existingUserNameType } from './shapes.ts'

export const DeleteAccessKey = operation({
  name: 'DeleteAccessKey',
  effect: 'write',
  input: structure({ UserName: existingUserNameType, AccessKeyId: required(accessKeyIdType) }),
  output: undefined,
  findResources: onUser,
  async handle({ input, caller, store }) {
    await store.deleteAccessKey(await getAccessKey(store, caller, input))
  },
})
