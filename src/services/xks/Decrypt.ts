import { XksRefusal, xksLimits } from '../../domain/index.ts'
import { SealBroken } from '../../hsm/index.ts'
import type { ResolvedKey } from '../../keys/index.ts'
import { encodeBase64, type Infer } from '../../std/index.ts'
import { checkWorks, findAllowed } from './allowed-key.ts'
import { checkAlgorithm, checkSize, noBytes } from './binary-members.ts'
import type { OpenSide } from './open-side.ts'
import type { ProxyOperation } from './proxy-operation.ts'
import { decryptRequest } from './request-shapes.ts'

type Input = Infer<typeof decryptRequest>

/** Decrypts with an external key, with the key material that made the ciphertext, whether or not the key was rotated since. */
export const Decrypt: ProxyOperation<Input> = {
  name: 'Decrypt',
  pathPart: 'decrypt',
  isOnKey: true,
  usesKey: true,
  input: decryptRequest,
  async handle(context) {
    const { input, open } = context
    checkAlgorithm('encryptionAlgorithm', input.encryptionAlgorithm, 'AES_GCM')
    checkSize('ciphertext', input.ciphertext, xksLimits.plaintextSizeBytes)
    checkSize(
      'additionalAuthenticatedData',
      input.additionalAuthenticatedData ?? noBytes,
      xksLimits.associatedDataSizeBytes,
    )
    const key = await findAllowed(context, input.requestMetadata, ['DECRYPT'])
    checkWorks(key)
    const { plaintext, keyMaterialId } = decryptWith(open(), key, input)
    const output = { plaintext: encodeBase64(plaintext) }
    plaintext.fill(0)
    return { output, key, keyMaterialId }
  },
}

function decryptWith({ hsm }: OpenSide, { materials }: ResolvedKey, input: Input) {
  const {
    ciphertext,
    initializationVector,
    authenticationTag,
    ciphertextMetadata: metadata = noBytes,
  } = input
  const sealed = { ciphertext, initializationVector, authenticationTag, metadata }
  try {
    return hsm.openForProxy([...materials.values()], sealed, input.additionalAuthenticatedData ?? noBytes)
  } catch (error) {
    if (!(error instanceof SealBroken)) throw error
    throw new XksRefusal(
      'InvalidCiphertextException',
      'The specified ciphertext, initialization vector, additional authenticated data or authentication tag is invalid.',
      { reason: error.message },
    )
  }
}
