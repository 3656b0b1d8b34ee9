import type { Buffer } from 'node:buffer'
import { type XksCiphertext, XksRefusal, xksIntegrityValue, xksLimits } from '../../domain/index.ts'
import { type Hsm, type KeyHandle, SealBroken } from '../../hsm/index.ts'
import { currentOf } from '../../keys/index.ts'
import { encodeBase64, equalConstantTime, type Infer } from '../../std/index.ts'
import { checkWorks, findAllowed } from './allowed-key.ts'
import { checkAlgorithm, checkSize, noBytes } from './binary-members.ts'
import type { ProxyOperation } from './proxy-operation.ts'
import { encryptRequest } from './request-shapes.ts'

/**
 * Encrypts with an external key. If the request asks for an integrity value, the key decrypts the ciphertext before the answer
 * leaves.
 */
export const Encrypt: ProxyOperation<Infer<typeof encryptRequest>> = {
  name: 'Encrypt',
  pathPart: 'encrypt',
  isOnKey: true,
  usesKey: true,
  input: encryptRequest,
  wipe: ({ plaintext }) => void plaintext.fill(0),
  async handle(context) {
    const { input, open } = context
    const { plaintext, additionalAuthenticatedData: data = noBytes } = input
    const { ciphertextDataIntegrityValueAlgorithm: integrityAlgorithm } = input
    checkAlgorithm('encryptionAlgorithm', input.encryptionAlgorithm, 'AES_GCM')
    if (integrityAlgorithm !== undefined)
      checkAlgorithm('ciphertextDataIntegrityValueAlgorithm', integrityAlgorithm, 'SHA_256')
    checkSize('plaintext', plaintext, xksLimits.plaintextSizeBytes)
    checkSize('additionalAuthenticatedData', data, xksLimits.associatedDataSizeBytes)
    const key = await findAllowed(
      context,
      input.requestMetadata,
      integrityAlgorithm === undefined ? ['ENCRYPT'] : ['ENCRYPT', 'DECRYPT'],
    )
    checkWorks(key)
    const handle = currentOf(key)
    const { hsm } = open()
    const sealed = hsm.sealForProxy(handle, plaintext, data)
    const integrity = integrityAlgorithm && xksIntegrityValue(data, sealed)
    // Only after the value exists: damage to the ciphertext from now on no longer fits it (specification, appendix C).
    if (integrity !== undefined) checkOpens(hsm, handle, sealed, { plaintext, data })
    return {
      output: {
        authenticationTag: encodeBase64(sealed.authenticationTag),
        ciphertext: encodeBase64(sealed.ciphertext),
        ...(integrity && { ciphertextDataIntegrityValue: encodeBase64(integrity) }),
        ciphertextMetadata: encodeBase64(sealed.metadata),
        initializationVector: encodeBase64(sealed.initializationVector),
      },
      key,
      keyMaterialId: handle.binding.keyMaterialId,
    }
  },
}

/** Throws XksRefusal with InternalException unless the ciphertext decrypts to the plaintext. */
function checkOpens(
  hsm: Hsm,
  handle: KeyHandle,
  sealed: XksCiphertext,
  { plaintext, data }: { readonly plaintext: Uint8Array; readonly data: Uint8Array },
): void {
  let opened: Buffer = noBytes
  try {
    opened = hsm.openForProxy([handle], sealed, data).plaintext
  } catch (error) {
    if (!(error instanceof SealBroken)) throw error
  }
  const isSame = equalConstantTime(opened, plaintext)
  opened.fill(0)
  if (isSame) return
  throw new XksRefusal('InternalException', 'The request failed because of an internal error.', {
    cause: new Error('a new ciphertext does not decrypt to its plaintext'),
  })
}
