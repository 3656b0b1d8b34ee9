import { ServiceError, validation } from '../../domain/index.ts'
import { operation } from '../../pipeline/index.ts'
import { structure, undisclosed } from '../../std/index.ts'
import { refuseUnbuilt } from './not-built.ts'
import { customKeyStoreIdType, numberOfBytesType, plaintextType, recipientType } from './shapes.ts'

export const GenerateRandom = operation({
  name: 'GenerateRandom',
  effect: 'read',
  input: structure({
    // CloudTrail's records of GenerateRandom have no request parameters.
    NumberOfBytes: undisclosed(numberOfBytesType),
    CustomKeyStoreId: customKeyStoreIdType,
    Recipient: recipientType,
  }),
  output: structure({ Plaintext: plaintextType }),
  handle({ input, hsm }) {
    refuseUnbuilt('Recipient', input.Recipient !== undefined)
    // There are no custom key stores, so no id names one.
    if (input.CustomKeyStoreId !== undefined) throw new ServiceError('CustomKeyStoreNotFoundException')
    if (input.NumberOfBytes === undefined) throw validation('NumberOfBytes is required.')
    return { Plaintext: hsm.generateRandom(input.NumberOfBytes) }
  },
})
