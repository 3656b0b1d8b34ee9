import { checkAlgorithm, invalidCiphertext } from '../../../domain/index.ts'
import { SealBroken } from '../../../hsm/index.ts'
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

/** Recovers the shared secret that was encapsulated with the public key of an ML-KEM KMS key. */
export const Decapsulate = operation({
  name: 'Decapsulate',
  effect: 'read',
  recordsKeyUsage: true,
  input: structure({
    KeyId: required(keyIdType),
    SharedSecretCiphertextBlob: required(ciphertextType),
    EncapsulationAlgorithm: required(encapsulationAlgorithmType),
    GrantTokens: grantTokensType,
    DryRun: dryRunType,
  }),
  output: structure({
    KeyId: keyIdType,
    SharedSecret: plaintextType,
    EncapsulationAlgorithm: encapsulationAlgorithmType,
  }),
  isDryRun: ({ DryRun }) => DryRun,
  grantTokens: ({ GrantTokens }) => GrantTokens,
  touches: { key: cryptographicKey('Decapsulate', 'ENCAPSULATE_DECAPSULATE') },
  async handle({ input, key, hsm }) {
    const { EncapsulationAlgorithm } = input
    checkAlgorithm(key.key, EncapsulationAlgorithm)
    try {
      const SharedSecret = await hsm.decapsulate(currentOf(key), input.SharedSecretCiphertextBlob)
      return { KeyId: key.arn, SharedSecret, EncapsulationAlgorithm }
    } catch (error) {
      throw error instanceof SealBroken ? invalidCiphertext(error.message) : error
    }
  },
})
