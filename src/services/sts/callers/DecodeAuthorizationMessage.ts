import { ServiceError } from '../../../domain/index.ts'
import { required, string, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'

/**
 * Decodes the details of a denial from the encoded message that came with it. A message is for the account of the principal
 * that was denied, and for a day.
 */
export const DecodeAuthorizationMessage = operation({
  name: 'DecodeAuthorizationMessage',
  effect: 'read',
  input: structure({ EncodedMessage: required(string({ min: 1, max: 10_240 })) }),
  output: structure({ DecodedMessage: string() }),
  handle({ input, scope, now, authorizationMessages }) {
    const decoded = authorizationMessages.decode(scope.accountId, now, input.EncodedMessage)
    if (decoded === undefined) {
      throw new ServiceError('InvalidAuthorizationMessageException', 'Message is not valid')
    }
    return { DecodedMessage: decoded }
  },
})
