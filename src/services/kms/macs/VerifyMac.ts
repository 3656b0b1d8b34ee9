import { checkAlgorithm, ServiceError } from '../../../domain/index.ts'
import { currentOf } from '../../../keys/index.ts'
import { boolean, required, structure } from '../../../std/index.ts'
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

/** Verifies a hash-based message authentication code (HMAC) that GenerateMac generated. */
export const VerifyMac = operation({
  name: 'VerifyMac',
  effect: 'read',
  recordsKeyUsage: true,
  input: structure({
    Message: required(messageType),
    KeyId: required(keyIdType),
    MacAlgorithm: required(macAlgorithmType),
    Mac: required(signatureType),
    GrantTokens: grantTokensType,
    DryRun: dryRunType,
  }),
  output: structure({ KeyId: keyIdType, MacValid: boolean(), MacAlgorithm: macAlgorithmType }),
  isDryRun: ({ DryRun }) => DryRun,
  grantTokens: ({ GrantTokens }) => GrantTokens,
  touches: {
    key: {
      ...cryptographicKey('VerifyMac', 'GENERATE_VERIFY_MAC'),
      conditions: input => ({ 'kms:MacAlgorithm': input.MacAlgorithm }),
    },
  },
  handle({ input, key, hsm }) {
    const { MacAlgorithm, Message, Mac } = input
    checkAlgorithm(key.key, MacAlgorithm)
    const isValid = hsm.verifyMac(currentOf(key), MacAlgorithm, Message, Mac)
    // AWS never answers MacValid: false. The error has no text.
    if (!isValid) throw new ServiceError('KMSInvalidMacException')
    return { KeyId: key.arn, MacValid: true, MacAlgorithm }
  },
})
