import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { RootKeyEnvelope } from './envelope.ts'
import { type ProblemCode, RootKeyProblem } from './problem.ts'
import type { Protected, RootKeyProvider } from './provider.ts'

// No tests: the tests of this folder share this file.

/** Protects a random root key, and returns a copy of its bytes too. */
export async function protectedBySample(
  provider: RootKeyProvider,
  passphrase?: string,
  before?: RootKeyEnvelope,
): Promise<Protected & { readonly bytes: Buffer }> {
  const bytes = randomBytes(32)
  const given = passphrase === undefined ? {} : { passphrase: Buffer.from(passphrase) }
  return { ...(await provider.protect(Buffer.from(bytes), given, before)), bytes }
}

/** Asserts that work fails with this code, and with a message that matches. */
export function failsWith(
  work: Promise<unknown> | (() => unknown),
  code: ProblemCode,
  says = /./,
): Promise<void> {
  const check = (error: unknown) => {
    assert.ok(error instanceof RootKeyProblem, String(error))
    assert.equal(error.code, code)
    assert.match(error.message, says)
    return true
  }
  return assert.rejects(typeof work === 'function' ? (async () => work())() : work, check)
}

export const isWiped = (bytes: Uint8Array) => assert.ok(bytes.every(byte => byte === 0))
