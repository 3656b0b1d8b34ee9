import { isKeyPairSpec, type KmsKey, pendingImport, ServiceError } from '../../../domain/index.ts'
import { list, required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import {
  encapsulationAlgorithmType,
  encryptionAlgorithmType,
  grantTokensType,
  keyAgreementAlgorithmType,
  keyIdType,
  keySpecType,
  keyUsageType,
  publicKeyType,
  signingAlgorithmType,
} from '../wire/shapes.ts'
import { renderAlgorithms } from './key-metadata.ts'

/** Returns the public key of an asymmetric KMS key. */
export const GetPublicKey = operation({
  name: 'GetPublicKey',
  effect: 'read',
  input: structure({ KeyId: required(keyIdType), GrantTokens: grantTokensType }),
  output: structure({
    KeyId: keyIdType,
    PublicKey: publicKeyType,
    CustomerMasterKeySpec: keySpecType,
    KeySpec: keySpecType,
    KeyUsage: keyUsageType,
    EncryptionAlgorithms: list(encryptionAlgorithmType),
    SigningAlgorithms: list(signingAlgorithmType),
    KeyAgreementAlgorithms: list(keyAgreementAlgorithmType),
    EncapsulationAlgorithms: list(encapsulationAlgorithmType),
  }),
  grantTokens: ({ GrantTokens }) => GrantTokens,
  touches: {
    key: {
      from: input => input.KeyId,
      forms: 'key-or-alias',
      crossAccount: true,
      supports: checkHasPublicKey,
      grant: () => ({ operation: 'GetPublicKey' }),
    },
  },
  handle({ key, hsm }) {
    // The state table allows this for an Updating key, even one without key material.
    if (key.publicKey === undefined) throw pendingImport(key.arn)
    const { keySpec, keyUsage } = key.key
    return {
      KeyId: key.arn,
      PublicKey: hsm.getPublicKey(key.publicKey),
      CustomerMasterKeySpec: keySpec,
      KeySpec: keySpec,
      KeyUsage: keyUsage,
      ...renderAlgorithms(key.key),
    }
  },
})

function checkHasPublicKey({ keySpec }: KmsKey): void {
  if (!isKeyPairSpec(keySpec)) throw new ServiceError('UnsupportedOperationException')
}
