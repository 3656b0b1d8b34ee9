import { ServiceError, validation } from '../../../domain/index.ts'
import { structure, undisclosed } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { answerSecret, attestationOf } from '../wire/recipient.ts'
import {
  ciphertextType,
  customKeyStoreIdType,
  numberOfBytesType,
  plaintextType,
  recipientType,
} from '../wire/shapes.ts'

/** Returns a random byte string that is cryptographically secure. */
export const GenerateRandom = operation({
  name: 'GenerateRandom',
  effect: 'read',
  input: structure({
    // CloudTrail's records of GenerateRandom have no request parameters.
    NumberOfBytes: undisclosed(numberOfBytesType),
    CustomKeyStoreId: customKeyStoreIdType,
    Recipient: recipientType,
  }),
  output: structure({ Plaintext: plaintextType, CiphertextForRecipient: ciphertextType }),
  attestation: attestationOf,
  handle({ input, hsm, recipient }) {
    // There are no custom key stores, so no id is valid.
    if (input.CustomKeyStoreId !== undefined) throw new ServiceError('CustomKeyStoreNotFoundException')
    if (input.NumberOfBytes === undefined) throw validation('NumberOfBytes is required.')
    const { clear, sealed } = answerSecret(hsm.generateRandom(input.NumberOfBytes), recipient)
    return { Plaintext: clear, CiphertextForRecipient: sealed }
  },
})
