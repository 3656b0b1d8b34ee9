import { ServiceError } from '../../../domain/index.ts'
import { currentOf } from '../../../keys/index.ts'
import { boolean, defaulted, required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { cryptographicKey } from '../wire/cryptographic-key.ts'
import {
  dryRunType,
  givenSigningAlgorithmType,
  grantTokensType,
  keyIdType,
  messageType,
  messageTypeType,
  signatureType,
  signingAlgorithmType,
} from '../wire/shapes.ts'
import { toSignedMessage } from './signed-message.ts'

/** Verifies a digital signature that Sign generated. */
export const Verify = operation({
  name: 'Verify',
  effect: 'read',
  recordsKeyUsage: true,
  input: structure({
    KeyId: required(keyIdType),
    Message: required(messageType),
    MessageType: defaulted(messageTypeType, 'RAW'),
    Signature: required(signatureType),
    SigningAlgorithm: required(givenSigningAlgorithmType),
    GrantTokens: grantTokensType,
    DryRun: dryRunType,
  }),
  output: structure({
    KeyId: keyIdType,
    SignatureValid: boolean(),
    SigningAlgorithm: signingAlgorithmType,
  }),
  isDryRun: ({ DryRun }) => DryRun,
  grantTokens: ({ GrantTokens }) => GrantTokens,
  touches: {
    key: {
      ...cryptographicKey('Verify', 'SIGN_VERIFY'),
      conditions: input => ({
        'kms:MessageType': input.MessageType,
        'kms:SigningAlgorithm': input.SigningAlgorithm,
      }),
    },
  },
  async handle({ input, key, hsm }) {
    const message = toSignedMessage(key.key, input)
    const isValid = await hsm.verify(currentOf(key), message, input.Signature)
    // AWS never answers SignatureValid: false. The error has no text.
    if (!isValid) throw new ServiceError('KMSInvalidSignatureException')
    return { KeyId: key.arn, SignatureValid: true, SigningAlgorithm: message.algorithm }
  },
})
