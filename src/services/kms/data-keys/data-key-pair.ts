import {
  type Deployment,
  type EncryptionContext,
  type KeyPairSpec,
  offersKeySpec,
  ServiceError,
} from '../../../domain/index.ts'
import type { Hsm } from '../../../hsm/index.ts'
import type { ResolvedKey } from '../../../keys/index.ts'
import { encryptNewSecret } from '../encryption/ciphertext.ts'
import { checkDataKeyUse } from './data-key.ts'

/** A new data key pair. */
export interface DataKeyPair {
  /** PKCS#8 in DER. The caller of `generateDataKeyPair` wipes it. */
  readonly privateKey: Buffer
  readonly encryptedPrivateKey: Buffer
  /** SubjectPublicKeyInfo in DER. */
  readonly publicKey: Buffer
}

interface DataKeyPairRequest {
  readonly KeyPairSpec: KeyPairSpec
  readonly EncryptionContext?: EncryptionContext | undefined
}

/**
 * Generates a key pair, and encrypts its private key under a symmetric key. Throws InvalidKeyUsageException and
 * UnsupportedOperationException.
 */
export async function generateDataKeyPair(
  input: DataKeyPairRequest,
  key: ResolvedKey,
  hsm: Hsm,
  deployment: Deployment,
): Promise<DataKeyPair> {
  const { KeyPairSpec: keyPairSpec, EncryptionContext: context } = input
  checkDataKeyUse(key.key, 'data key pair')
  if (!offersKeySpec(deployment, keyPairSpec, key.key.region)) {
    throw new ServiceError(
      'UnsupportedOperationException',
      `KeyPairSpec ${keyPairSpec} is not supported in this Region`,
    )
  }
  const { privateKey, publicKey } = await hsm.generateKeyPair(keyPairSpec)
  const encryptedPrivateKey = await encryptNewSecret(hsm, key, privateKey, context)
  return { privateKey, publicKey, encryptedPrivateKey }
}
