import { checkAlgorithm } from '../../../domain/index.ts'
import { currentOf } from '../../../keys/index.ts'
import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { cryptographicKey } from '../wire/cryptographic-key.ts'
import {
  ciphertextType,
  dryRunType,
  encapsulationAlgorithmType,
  grantTokensType,
  keyIdType,
  plaintextType,
} from '../wire/shapes.ts'

/** Generates a shared secret and its encapsulated form (a ciphertext) with the public key of an ML-KEM KMS key. */
export const Encapsulate = operation({
  name: 'Encapsulate',
  effect: 'read',
  recordsKeyUsage: true,
  input: structure({
    KeyId: required(keyIdType),
    EncapsulationAlgorithm: required(encapsulationAlgorithmType),
    GrantTokens: grantTokensType,
    DryRun: dryRunType,
  }),
  output: structure({
    KeyId: keyIdType,
    SharedSecret: plaintextType,
    SharedSecretCiphertextBlob: ciphertextType,
    EncapsulationAlgorithm: encapsulationAlgorithmType,
  }),
  isDryRun: ({ DryRun }) => DryRun,
  grantTokens: ({ GrantTokens }) => GrantTokens,
  touches: { key: cryptographicKey('Encapsulate', 'ENCAPSULATE_DECAPSULATE') },
  async handle({ input, key, hsm }) {
    const { EncapsulationAlgorithm } = input
    checkAlgorithm(key.key, EncapsulationAlgorithm)
    const { sharedSecret, ciphertext } = await hsm.encapsulate(currentOf(key))
    return {
      KeyId: key.arn,
      SharedSecret: sharedSecret,
      SharedSecretCiphertextBlob: ciphertext,
      EncapsulationAlgorithm,
    }
  },
})
