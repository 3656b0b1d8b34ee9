import { type MessageType, messageTypes, type SigningAlgorithm, validation } from '../../domain/index.ts'
import type { SignedMessage } from '../../hsm/index.ts'

/**
 * The message of Sign and Verify. Throws ValidationException for a message type that the algorithm does not take, and for a
 * digest that is not of its length (text recorded from AWS).
 */
export function toSignedMessage(input: {
  readonly Message: Uint8Array
  readonly MessageType: MessageType
  readonly SigningAlgorithm: SigningAlgorithm
}): SignedMessage {
  const { Message: message, MessageType: messageType, SigningAlgorithm: algorithm } = input
  const known = messageTypes[algorithm][messageType]
  if (known === undefined) {
    throw validation(`MessageType ${messageType} is not valid for algorithm ${algorithm}.`)
  }
  if (known.sizeBytes !== undefined && message.length !== known.sizeBytes) {
    const what = messageType === 'DIGEST' ? 'Digest' : 'Message'
    throw validation(`${what} is invalid length for algorithm ${algorithm}.`)
  }
  return { algorithm, messageType, message }
}
