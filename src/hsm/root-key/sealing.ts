import { createSecretKey } from 'node:crypto'
import { equalConstantTime } from '../../std/index.ts'
import { Xaes256Gcm } from '../cipher/xaes-256-gcm.ts'
import { SealBroken } from '../problems.ts'
import { associatedData } from '../tokens/associated-data.ts'
import type { PassphraseEnvelope, SharesEnvelope } from './envelope.ts'
import { RootKeyProblem } from './problem.ts'
import { rootKeyIdOf, rootKeySizeBytes } from './root-key.ts'

/** An envelope with a wrapped root key, without the wrapped bytes. */
type Unwrapped = Omit<PassphraseEnvelope, 'wrapped'> | Omit<SharesEnvelope, 'wrapped'>

/** Wraps the root key under a key that it wipes, and binds it to the members of its envelope. Returns base64. */
export function wrapRootKey(wrappingKey: Buffer, rootKey: Uint8Array, envelope: Unwrapped): string {
  return withCipher(wrappingKey, cipher => cipher.seal(rootKey, dataOf(envelope)).toString('base64'))
}

/** Undoes `wrapRootKey`, and wipes the key. Throws SealBroken if the key or the envelope is a different one. */
export function unwrapRootKey(wrappingKey: Buffer, envelope: PassphraseEnvelope | SharesEnvelope): Buffer {
  return withCipher(wrappingKey, cipher =>
    cipher.open(Buffer.from(envelope.wrapped, 'base64'), dataOf(envelope)),
  )
}

function withCipher<T>(wrappingKey: Buffer, use: (cipher: Xaes256Gcm) => T): T {
  const cipher = new Xaes256Gcm(createSecretKey(wrappingKey))
  wrappingKey.fill(0)
  try {
    return use(cipher)
  } finally {
    cipher.destroy()
  }
}

/** The members in an order of its own, because a database may give back a text in any. */
function dataOf(envelope: Unwrapped): Buffer {
  const { v, kind, rootKeyId } = envelope
  const others =
    envelope.kind === 'passphrase'
      ? [envelope.kdf, envelope.memoryKiB, envelope.passes, envelope.lanes, envelope.salt]
      : [envelope.threshold, envelope.total, envelope.quorum, ...envelope.digests]
  return associatedData('keyward root key envelope v1', [v, kind, rootKeyId, ...others].map(String))
}

/** Returns recovered bytes if they are the root key of this id; wipes them otherwise, and throws RootKeyProblem. */
export function checkedRootKey(bytes: Buffer, rootKeyId: string, description: string): Buffer {
  const isRight =
    bytes.length === rootKeySizeBytes &&
    equalConstantTime(Buffer.from(rootKeyIdOf(bytes)), Buffer.from(rootKeyId))
  if (isRight) return bytes
  bytes.fill(0)
  throw new RootKeyProblem(
    'WrongRootKey',
    `${description} has a root key, but not the one of this database, which is ${rootKeyId}.`,
  )
}

/** Whether an error says that sealed bytes do not open. */
export const isSealBroken = (error: unknown): boolean => error instanceof SealBroken
