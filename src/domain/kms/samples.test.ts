import { ServiceError } from '../aws/errors.ts'
import type { Grant, GrantConstraints, GrantOperation, GrantRequest } from './grant.ts'
import type { KmsKey } from './key.ts'
import type { KeyMaterial } from './key-material.ts'

// This file has no tests. It has the samples that the tests in this folder share.

export const dayMillis = 24 * 60 * 60 * 1000
export const now = Date.UTC(2026, 10, 24)
export const ann = 'arn:aws:iam::111122223333:user/ann'
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
    externalKey: undefined,
    clusterKey: undefined,
    ...changes,
  }
}

/** Key material whose id repeats one digit, and which has its bytes. */
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

const encryptionContext = (pairs: Record<string, string>) => new Map(Object.entries(pairs))

/** The constraint that the encryption context equals these pairs. */
export const equals = (pairs: Record<string, string>) => ({
  encryptionContextEquals: encryptionContext(pairs),
})

/** The constraint that the encryption context contains these pairs. */
export const subset = (pairs: Record<string, string>) => ({
  encryptionContextSubset: encryptionContext(pairs),
})

/** A grant of ann's account to ann. */
export function grantOf(operations: readonly GrantOperation[], constraints: GrantConstraints = {}): Grant {
  return {
    accountId: '111122223333',
    region: 'us-west-2',
    keyId: keyOf().keyId,
    grantId: 'a'.repeat(64),
    name: 'name',
    grantee: { type: 'principal', arn: ann },
    retiring: undefined,
    operations,
    constraints,
    issuingAccountId: '111122223333',
    createdAt: now,
  }
}

/** A request under a grant, with the pairs of its encryption context. */
export function grantRequest(
  operation: GrantOperation,
  pairs: Record<string, string> = {},
  changes: Partial<GrantRequest> = {},
): GrantRequest {
  return { operation, encryptionContext: encryptionContext(pairs), sourceArn: undefined, ...changes }
}

/** Tests whether a thrown value is this error, with this text if one is given. */
export function is(code: string, text?: string) {
  return (error: unknown) =>
    error instanceof ServiceError && error.code === code && (text === undefined || error.text === text)
}
