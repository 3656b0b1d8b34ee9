import { isSymmetric, type KmsKey, ServiceError, validation } from '../../../domain/index.ts'

const sizeBytesOf = { AES_128: 16, AES_256: 32 } as const

/**
 * The length in bytes of the data key that a request asks for, by spec or by number of bytes. Throws
 * ValidationException for both and for neither (text from the public emulators).
 */
export function dataKeySizeBytes(
  keySpec: keyof typeof sizeBytesOf | undefined,
  numberOfBytes: number | undefined,
): number {
  if (keySpec !== undefined && numberOfBytes === undefined) return sizeBytesOf[keySpec]
  if (keySpec === undefined && numberOfBytes !== undefined) return numberOfBytes
  throw validation('Please specify either number of bytes or key spec.')
}

/** Data keys are encrypted under symmetric keys only. Throws InvalidKeyUsageException (text recorded from AWS). */
export function checkDataKeyUse(key: KmsKey, what: 'data key' | 'data key pair'): void {
  if (isSymmetric(key)) return
  throw new ServiceError('InvalidKeyUsageException', `You cannot generate a ${what} with an asymmetric CMK`)
}
