import { Buffer } from 'node:buffer'
import { keyArn, type Scope, XksFailure, xksLimits } from '../../domain/index.ts'
import { sha256 } from '../../std/index.ts'
import { refuseDryRun } from '../backends/dry-run.ts'
import type { KeyBackend } from '../backends/key-backend.ts'
import { nonceSizeBytes } from '../cipher/xaes-256-gcm.ts'
import type { KeyHandle } from '../key-handle.ts'
import { SealBroken } from '../problems.ts'
import type { Requester } from '../requester.ts'
import { decodeExternal, encodeExternal } from './external-ciphertext.ts'
import type { ExternalKeys, ExternalUse } from './external-keys.ts'

/**
 * Keys in external key stores: **double encryption**. Key material of our own encrypts first, and the key outside encrypts the
 * result, so that neither side alone can read a ciphertext (AWS KMS developer guide, "External key stores"). The nonce of the inner
 * ciphertext stays here and is associated data outside. Otherwise a key manager could send the right answer to a different request
 * of the same key and encryption context, and nothing would show it.
 */
export class XksBackend implements KeyBackend {
  readonly #inner: KeyBackend
  #keys: ExternalKeys | undefined

  constructor(inner: KeyBackend) {
    this.#inner = inner
  }

  /** Gives the way to keys outside. */
  use(keys: ExternalKeys): void {
    this.#keys = keys
  }

  async encrypt(
    key: KeyHandle,
    plaintext: Uint8Array,
    associatedData: Uint8Array,
    requester?: Requester,
  ): Promise<Buffer> {
    refuseDryRun(requester)
    const sealed = await this.#inner.encrypt(key, plaintext, associatedData)
    const innerNonce = sealed.subarray(0, nonceSizeBytes)
    const data = outerData(associatedData, innerNonce)
    const outer = await this.#way.encrypt(useOf(key, requester), sealed.subarray(nonceSizeBytes), data)
    return encodeExternal({ ...outer, innerNonce })
  }

  async decrypt(
    key: KeyHandle,
    sealed: Uint8Array,
    associatedData: Uint8Array,
    requester?: Requester,
  ): Promise<Buffer> {
    const { innerNonce, ...outer } = decodeExternal(sealed)
    refuseDryRun(requester)
    const data = outerData(associatedData, innerNonce)
    const inner = await this.#way.decrypt(useOf(key, requester), outer, data)
    try {
      return await this.#inner.decrypt(key, Buffer.concat([innerNonce, inner]), associatedData)
    } catch (error) {
      if (!(error instanceof SealBroken)) throw error
      // The key manager has authenticated the ciphertext, so it returned bytes which it never was given.
      throw new XksFailure('invalidPlaintext', error.message).toServiceError('use')
    }
  }

  /** The inner backend has the key material, and forgets it by itself. */
  forget(_scope: Scope, _keyId: string): void {}

  close(): void {
    this.#keys = undefined
  }

  get #way(): ExternalKeys {
    if (this.#keys === undefined) throw new Error('there is no way to keys outside')
    return this.#keys
  }
}

function useOf({ binding, externalKey }: KeyHandle, requester: Requester | undefined): ExternalUse {
  if (externalKey === undefined) throw new Error(`key ${binding.keyId} works with no key outside`)
  const { accountId, region } = binding
  return {
    ...externalKey,
    scope: { accountId, region },
    kmsKeyArn: keyArn(binding, binding.keyId),
    requester,
  }
}

/** The associated data of the key outside. It may be longer than what a key manager takes; its digest stands for it then. */
function outerData(associatedData: Uint8Array, innerNonce: Uint8Array): Uint8Array {
  const whole = Buffer.concat([associatedData, innerNonce])
  if (whole.length <= xksLimits.associatedDataSizeBytes) return whole
  return sha256(whole)
}
