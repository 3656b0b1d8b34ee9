import {
  algorithmsOf,
  checkAlgorithm,
  incompatibleAlgorithm,
  type KmsKey,
  type MessageType,
  messageTypes,
  type SigningAlgorithm,
  validation,
} from '../../../domain/index.ts'
import type { SignedMessage } from '../../../hsm/index.ts'

/**
 * The message of Sign and Verify. Throws InvalidKeyUsageException for an algorithm that the key does not have, and
 * ValidationException for a message type that the key or the algorithm does not take and for a digest or µ of the wrong
 * length (texts recorded from AWS).
 */
export function toSignedMessage(
  key: KmsKey,
  input: {
    readonly Message: Uint8Array
    readonly MessageType: MessageType
    readonly SigningAlgorithm: SigningAlgorithm | 'SYMMETRIC_DEFAULT'
  },
): SignedMessage {
  const { Message: message, MessageType: messageType, SigningAlgorithm: algorithm } = input
  if (algorithm === 'SYMMETRIC_DEFAULT') throw incompatibleAlgorithm(key, algorithm)
  checkAlgorithm(key, algorithm)
  const known = messageTypes[algorithm][messageType]
  if (known === undefined) {
    const isOfKey = (algorithmsOf(key) as SigningAlgorithm[]).some(
      other => messageTypes[other][messageType] !== undefined,
    )
    const what = isOfKey ? `algorithm ${algorithm}` : `key spec ${key.keySpec}`
    throw validation(`Message type ${messageType} is incompatible with ${what}.`)
  }
  if (known.sizeBytes !== undefined && message.length !== known.sizeBytes) {
    const what = messageType === 'DIGEST' ? 'Digest' : 'External Mu'
    throw validation(`${what} is invalid length for algorithm ${algorithm}.`)
  }
  return { algorithm, messageType, message }
}
