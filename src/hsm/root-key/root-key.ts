import { createSecretKey, hkdfSync } from 'node:crypto'
import { randomSecret } from '../../std/index.ts'
import { Xaes256Gcm } from '../cipher/xaes-256-gcm.ts'

/** A root key has 32 bytes. */
export const rootKeySizeBytes = 32

/**
 * The root key while the server is open: it seals the records of domain keys, and nobody gets its bytes. The id says which
 * root key it is and nothing about its bytes.
 */
export class RootKey {
  readonly id: string
  #cipher: Xaes256Gcm | undefined

  private constructor(bytes: Buffer) {
    this.id = rootKeyIdOf(bytes)
    this.#cipher = new Xaes256Gcm(createSecretKey(bytes))
  }

  /** Takes the 32 bytes of a root key and wipes them. */
  static take(bytes: Buffer): RootKey {
    try {
      if (bytes.length !== rootKeySizeBytes) throw new Error('a root key has 32 bytes')
      return new RootKey(bytes)
    } finally {
      bytes.fill(0)
    }
  }

  /** Makes a random root key. `withBytes` works once: it gives the bytes to a provider, and wipes them afterwards. */
  static make(): NewRootKey {
    const bytes = randomSecret(rootKeySizeBytes)
    const rootKey = new RootKey(bytes)
    let isUsed = false
    return {
      rootKey,
      async withBytes(use) {
        if (isUsed) throw new Error('the bytes of the root key are wiped')
        isUsed = true
        try {
          return await use(bytes)
        } finally {
          bytes.fill(0)
        }
      },
    }
  }

  /** Seals with XAES-256-GCM. */
  seal(plaintext: Uint8Array, data: Uint8Array): Buffer {
    return this.#opened().seal(plaintext, data)
  }

  /** Undoes `seal`. Throws SealBroken. */
  open(sealed: Uint8Array, data: Uint8Array): Buffer {
    return this.#opened().open(sealed, data)
  }

  /** Drops the key; the object is useless afterwards. */
  destroy(): void {
    this.#cipher?.destroy()
    this.#cipher = undefined
  }

  #opened(): Xaes256Gcm {
    if (this.#cipher === undefined) throw new Error('the root key is destroyed')
    return this.#cipher
  }
}

/** A root key that was just made, and its bytes for one use. */
export interface NewRootKey {
  readonly rootKey: RootKey
  withBytes<T>(use: (bytes: Buffer) => Promise<T>): Promise<T>
}

/**
 * Returns the id of a root key: a UUID (RFC 9562, version 8) of 16 bytes that HKDF-SHA-256 derives from it. It is the same
 * at each start, so that a directory from before ids gets its own one.
 */
export function rootKeyIdOf(bytes: Uint8Array): string {
  const id = Buffer.from(hkdfSync('sha256', bytes, 'keyward root key id v1', '', 16))
  id[6] = ((id[6] ?? 0) & 0x0f) | 0x80
  id[8] = ((id[8] ?? 0) & 0x3f) | 0x80
  return id.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
