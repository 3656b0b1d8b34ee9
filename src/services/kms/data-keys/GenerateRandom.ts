import { type Scope, ServiceError, validation } from '../../../domain/index.ts'
import { andThen, structure, undisclosed } from '../../../std/index.ts'
import type { Reader } from '../../../store/index.ts'
import { existing } from '../custom-key-stores/stores.ts'
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
  handle({ input, scope, store, hsm, recipient }) {
    const { CustomKeyStoreId: id, NumberOfBytes: sizeBytes } = input
    return andThen(id === undefined ? undefined : refuseStore(store, scope, id), () => {
      if (sizeBytes === undefined) throw validation('NumberOfBytes is required.')
      const { clear, sealed } = answerSecret(hsm.generateRandom(sizeBytes), recipient)
      return { Plaintext: clear, CiphertextForRecipient: sealed }
    })
  },
})

/**
 * Refuses a custom key store: those of CloudHSM alone generate random bytes (API reference, "GenerateRandom"). Throws
 * CustomKeyStoreNotFoundException and UnsupportedOperationException; the texts are ours.
 */
async function refuseStore(store: Reader, scope: Scope, customKeyStoreId: string): Promise<never> {
  existing(await store.customKeyStores.find(scope, customKeyStoreId))
  throw new ServiceError(
    'UnsupportedOperationException',
    `GenerateRandom is not supported in the external key store ${customKeyStoreId}.`,
  )
}
