import { isSymmetric, type KmsKey, ServiceError, validation } from '../../../domain/index.ts'

const sizeBytesOf = { AES_128: 16, AES_256: 32 } as const

/** The size of the data key that a request asks for. */
interface SizeRequest {
  readonly KeySpec?: keyof typeof sizeBytesOf | undefined
  readonly NumberOfBytes?: number | undefined
}

/**
 * Refuses a request with both a spec and a number of bytes, and one with neither. The error comes before those about the usage and
 * the state of the key (text and order recorded from AWS). Throws ValidationException.
 */
export function checkOneSize({ KeySpec, NumberOfBytes }: SizeRequest): void {
  if ((KeySpec === undefined) === (NumberOfBytes === undefined)) throw notOneSize()
}

/** The length in bytes of the data key that a request asks for. Throws ValidationException. */
export function dataKeySizeBytes({ KeySpec, NumberOfBytes }: SizeRequest): number {
  const sizeBytes = KeySpec === undefined ? NumberOfBytes : sizeBytesOf[KeySpec]
  if (sizeBytes === undefined) throw notOneSize()
  return sizeBytes
}

const notOneSize = () => validation('Please specify either number of bytes or key spec.')

/** Data keys are encrypted under symmetric keys only. Throws InvalidKeyUsageException (text recorded from AWS). */
export function checkDataKeyUse(key: KmsKey, what: 'data key' | 'data key pair'): void {
  if (isSymmetric(key)) return
  throw new ServiceError('InvalidKeyUsageException', `You cannot generate a ${what} with an asymmetric CMK`)
}
