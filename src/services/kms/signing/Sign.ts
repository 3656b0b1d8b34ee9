import { currentOf } from '../../../keys/index.ts'
import { defaulted, required, structure } from '../../../std/index.ts'
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

/** Creates a digital signature for a message or message digest with the private key of an asymmetric KMS key. */
export const Sign = operation({
  name: 'Sign',
  effect: 'read',
  recordsKeyUsage: true,
  input: structure({
    KeyId: required(keyIdType),
    Message: required(messageType),
    MessageType: defaulted(messageTypeType, 'RAW'),
    GrantTokens: grantTokensType,
    SigningAlgorithm: required(givenSigningAlgorithmType),
    DryRun: dryRunType,
  }),
  output: structure({
    KeyId: keyIdType,
    Signature: signatureType,
    SigningAlgorithm: signingAlgorithmType,
  }),
  isDryRun: ({ DryRun }) => DryRun,
  grantTokens: ({ GrantTokens }) => GrantTokens,
  touches: {
    key: {
      ...cryptographicKey('Sign', 'SIGN_VERIFY'),
      conditions: input => ({
        'kms:MessageType': input.MessageType,
        'kms:SigningAlgorithm': input.SigningAlgorithm,
      }),
    },
  },
  async handle({ input, key, hsm }) {
    const message = toSignedMessage(key.key, input)
    const Signature = await hsm.sign(currentOf(key), message)
    return { KeyId: key.arn, Signature, SigningAlgorithm: message.algorithm }
  },
})
