import { ServiceError } from '../aws/errors.ts'
import type { KmsKey } from './key.ts'
import type { KeyMaterial } from './key-material.ts'

// No tests: what the tests of keys share.

export const dayMillis = 24 * 60 * 60 * 1000
export const now = Date.UTC(2026, 10, 24)
export const arn = 'arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'

export function keyOf(changes: Partial<KmsKey> = {}): KmsKey {
  return {
    accountId: '111122223333',
    region: 'us-west-2',
    keyId: '1234abcd-12ab-34cd-56ef-1234567890ab',
    keySpec: 'SYMMETRIC_DEFAULT',
    keyUsage: 'ENCRYPT_DECRYPT',
    origin: 'AWS_KMS',
    keyManager: 'CUSTOMER',
    keyState: 'Enabled',
    transition: undefined,
    description: 'd',
    createdAt: now - dayMillis,
    deletionAt: undefined,
    pendingWindowDays: undefined,
    currentKeyMaterialId: '0'.repeat(64),
    primaryRegion: undefined,
    rotation: undefined,
    ...changes,
  }
}

/** Key material whose id is all of one digit, and which is there. */
export function materialOf(digit: string, changes: Partial<KeyMaterial> = {}): KeyMaterial {
  return {
    keyMaterialId: digit.repeat(64),
    keyToken: Buffer.from(digit),
    publicKeyToken: undefined,
    createdAt: now - dayMillis,
    pending: undefined,
    rotation: undefined,
    description: undefined,
    expiresAt: undefined,
    ...changes,
  }
}

/** Whether a thrown value is this error, with this text where one is given. */
export function is(code: string, text?: string) {
  return (error: unknown) =>
    error instanceof ServiceError && error.code === code && (text === undefined || error.text === text)
}
