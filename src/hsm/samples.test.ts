import assert from 'node:assert/strict'
import { createHash, createSecretKey, type KeyObject } from 'node:crypto'
import type { KeySpec } from '../domain/index.ts'
import { globalDomain } from '../domain/index.ts'
import { OperatorError, randomBytes } from '../std/index.ts'
import type { Hsm } from './hsm.ts'
import type { KeyHandle, KeyOwner, WrappedKeyMaterial } from './key-handle.ts'
import { openHsm } from './open-hsm.ts'
import { SealBroken } from './problems.ts'
import { DomainKeys } from './tokens/domain-keys.ts'

// No tests: the tests of this room share this file.

export const pkcs8Der = { type: 'pkcs8', format: 'der' } as const
export const spkiDer = { type: 'spki', format: 'der' } as const
/** For `generateKeyPairSync`. */
export const derEncodings = { privateKeyEncoding: pkcs8Der, publicKeyEncoding: spkiDer }

/** The second region of the test HSM. */
export const otherRegion = 'eu-central-1'
export const otherAccountId = '111111111111'
export const otherKeyId = '00000000-0000-4000-8000-000000000002'

/** An HSM with domain keys of two regions and the global one. */
export function makeTestHsm() {
  const rootKey = createSecretKey(randomBytes(32))
  const domains = [globalDomain, 'us-east-1', otherRegion]
  const domainKeys = domains.map(domain => DomainKeys.generate(rootKey, domain))
  /** The same HSM after a restart: it has opened no key yet. */
  const restarted = () => openHsm(rootKey, domainKeys)
  return { rootKey, domainKeys, hsm: restarted(), restarted }
}

export function ownerOf(keySpec: KeySpec, changes: Partial<KeyOwner> = {}): KeyOwner {
  const keyId = '00000000-0000-4000-8000-000000000001'
  return { accountId: '000000000000', region: 'us-east-1', keyId, keySpec, ...changes }
}

export function handleOf(owner: KeyOwner, { keyMaterialId, keyToken }: WrappedKeyMaterial): KeyHandle {
  return { binding: { ...owner, keyMaterialId }, keyToken }
}

/** A key with new key material. */
export async function newKey(
  hsm: Hsm,
  keySpec: KeySpec,
  changes: Partial<KeyOwner> = {},
): Promise<KeyHandle> {
  const owner = ownerOf(keySpec, changes)
  return handleOf(owner, await hsm.generateKeyMaterial(owner))
}

/** A copy of the bytes with one bit flipped. */
export function flipped(bytes: Uint8Array, index: number): Buffer {
  const altered = Buffer.from(bytes)
  altered[index] = (altered[index] ?? 0) ^ 1
  return altered
}

/** A token that does not open is not the client's fault: no SealBroken, which would blame the ciphertext. */
export function isNotOpened(use: () => unknown): void {
  assert.throws(use, (error: unknown) => {
    assert.ok(error instanceof Error && !(error instanceof SealBroken) && !(error instanceof OperatorError))
    return /key token/.test(error.message)
  })
}

/** µ with an empty context (FIPS 204, algorithm 7, step 6). */
export function muOf(message: Buffer, publicKey: KeyObject): Buffer {
  const shake = (...parts: Buffer[]) =>
    parts.reduce((hash, part) => hash.update(part), createHash('shake256', { outputLength: 64 })).digest()
  const raw = publicKey.export({ format: 'raw-public' } as never) as unknown as Buffer
  return shake(shake(raw), Buffer.alloc(2), message)
}
