import { checkAlgorithm } from '../../../domain/index.ts'
import { currentOf } from '../../../keys/index.ts'
import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { cryptographicKey } from '../wire/cryptographic-key.ts'
import {
  dryRunType,
  grantTokensType,
  keyIdType,
  macAlgorithmType,
  messageType,
  signatureType,
} from '../wire/shapes.ts'

/** Generates a hash-based message authentication code (HMAC) for a message with an HMAC KMS key. */
export const GenerateMac = operation({
  name: 'GenerateMac',
  effect: 'read',
  recordsKeyUsage: true,
  input: structure({
    Message: required(messageType),
    KeyId: required(keyIdType),
    MacAlgorithm: required(macAlgorithmType),
    GrantTokens: grantTokensType,
    DryRun: dryRunType,
  }),
  output: structure({ Mac: signatureType, MacAlgorithm: macAlgorithmType, KeyId: keyIdType }),
  isDryRun: ({ DryRun }) => DryRun,
  grantTokens: ({ GrantTokens }) => GrantTokens,
  touches: {
    key: {
      ...cryptographicKey('GenerateMac', 'GENERATE_VERIFY_MAC'),
      conditions: input => ({ 'kms:MacAlgorithm': input.MacAlgorithm }),
    },
  },
  handle({ input, key, hsm }) {
    const { MacAlgorithm, Message } = input
    checkAlgorithm(key.key, MacAlgorithm)
    return { Mac: hsm.generateMac(currentOf(key), MacAlgorithm, Message), MacAlgorithm, KeyId: key.arn }
  },
})
