import { boolean, required, sensitive, string, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { onUser } from '../wire/resources.ts'
import { userNameType } from '../wire/shapes.ts'
import { noLoginProfile } from './login-profile.ts'

/** Changes the password of a user. Users have no passwords here, so it always throws NoSuchEntityException. */
export const UpdateLoginProfile = operation({
  name: 'UpdateLoginProfile',
  effect: 'write',
  input: structure({
    UserName: required(userNameType),
    Password: sensitive(string({ min: 1, max: 128, pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+' })),
    PasswordResetRequired: boolean(),
  }),
  output: undefined,
  touches: { user: onUser },
  async handle({ input, caller, store }) {
    throw await noLoginProfile(store, caller, input)
  },
})
