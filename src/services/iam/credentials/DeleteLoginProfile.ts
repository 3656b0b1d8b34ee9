import { structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { onUser } from '../wire/resources.ts'
import { userNameType } from '../wire/shapes.ts'
import { noLoginProfile } from './login-profile.ts'

/** Deletes the password of a user. Users have no passwords here, so it always throws NoSuchEntityException. */
export const DeleteLoginProfile = operation({
  name: 'DeleteLoginProfile',
  effect: 'write',
  input: structure({ UserName: userNameType }),
  output: undefined,
  touches: { user: onUser },
  async handle({ input, caller, store }) {
    throw await noLoginProfile(store, caller, input)
  },
})
