import { structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { onUser } from '../wire/resources.ts'
import { userNameType } from '../wire/shapes.ts'
import { noLoginProfile } from './login-profile.ts'

/** Retrieves the login profile of a user. Users have no passwords here, so it always throws NoSuchEntityException. */
export const GetLoginProfile = operation({
  name: 'GetLoginProfile',
  effect: 'read',
  input: structure({ UserName: userNameType }),
  output: structure({ LoginProfile: structure({}) }),
  touches: { user: onUser },
  async handle({ input, caller, store }) {
    throw await noLoginProfile(store, caller, input)
  },
})
