import {
  canWrap,
  checkOrigin,
  importTokenMillis,
  type KmsKey,
  offersKeySpec,
  partitionOf,
  validation,
} from '../../../domain/index.ts'
import { required, structure, timestamp } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import {
  ciphertextType,
  keyIdType,
  publicKeyType,
  wrappingAlgorithmType,
  wrappingKeySpecType,
} from '../wire/shapes.ts'

/** Returns the public key and the import token that a caller needs to import key material into a KMS key. */
export const GetParametersForImport = operation({
  name: 'GetParametersForImport',
  effect: 'read',
  input: structure({
    KeyId: required(keyIdType),
    WrappingAlgorithm: required(wrappingAlgorithmType),
    WrappingKeySpec: required(wrappingKeySpecType),
  }),
  output: structure({
    KeyId: keyIdType,
    ImportToken: ciphertextType,
    PublicKey: publicKeyType,
    ParametersValidTo: timestamp(),
  }),
  touches: {
    key: {
      from: input => input.KeyId,
      forms: 'key',
      fits: checkImports,
      conditions: input => ({
        'kms:WrappingAlgorithm': input.WrappingAlgorithm,
        'kms:WrappingKeySpec': input.WrappingKeySpec,
      }),
    },
  },
  async handle({ input, key, now, hsm, deployment }) {
    const { WrappingAlgorithm: wrappingAlgorithm, WrappingKeySpec: wrappingKeySpec } = input
    const { keySpec, region } = key.key
    const place = {
      isChina: partitionOf(region) === 'aws-cn',
      offersSm2: offersKeySpec(deployment, 'SM2', region),
    }
    if (!canWrap(keySpec, wrappingAlgorithm, wrappingKeySpec, place)) {
      throw validation(
        `Wrapping algorithm ${wrappingAlgorithm} and wrapping key spec ${wrappingKeySpec} cannot be used to import a ${keySpec} key.`,
      )
    }
    const validTo = now + importTokenMillis
    const claims = { keyArn: key.arn, wrappingAlgorithm, wrappingKeySpec, validTo }
    const { publicKey, importToken } = await hsm.generateWrappingKey(claims)
    return { KeyId: key.arn, ImportToken: importToken, PublicKey: publicKey, ParametersValidTo: validTo }
  },
})

function checkImports(key: KmsKey): void {
  checkOrigin(key, 'EXTERNAL')
}
