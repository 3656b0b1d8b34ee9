import {
  canWrap,
  checkOrigin,
  importTokenMillis,
  type KmsKey,
  ServiceError,
  type WrappingAlgorithm,
} from '../../domain/index.ts'
import { offersKeySpec, operation } from '../../pipeline/index.ts'
import { required, structure, timestamp } from '../../std/index.ts'
import {
  ciphertextType,
  keyIdType,
  publicKeyType,
  wrappingAlgorithmType,
  wrappingKeySpecType,
} from './shapes.ts'

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
  keys: {
    key: {
      from: input => input.KeyId,
      forms: 'key',
      supports: checkImports,
      conditions: input => ({
        'kms:WrappingAlgorithm': input.WrappingAlgorithm,
        'kms:WrappingKeySpec': input.WrappingKeySpec,
      }),
    },
  },
  async handle({ input, key, now, hsm, deployment }) {
    const { WrappingAlgorithm: wrappingAlgorithm, WrappingKeySpec: wrappingKeySpec } = input
    if (!canWrap(key.key.keySpec, wrappingAlgorithm, wrappingKeySpec)) {
      throw cannotWrap(key.key, wrappingAlgorithm, wrappingKeySpec)
    }
    if (!offersKeySpec(deployment, wrappingKeySpec, key.key.region)) {
      throw new ServiceError(
        'UnsupportedOperationException',
        `WrappingKeySpec ${wrappingKeySpec} is not supported in this Region.`,
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

function cannotWrap({ keySpec }: KmsKey, algorithm: WrappingAlgorithm, wrappingKeySpec: string) {
  return new ServiceError(
    'UnsupportedOperationException',
    `Wrapping algorithm ${algorithm} with wrapping key spec ${wrappingKeySpec} is not supported for key spec ${keySpec}.`,
  )
}
