import { createHash } from 'node:crypto'
import { keyArn, type Scope, xksLimits } from '../../domain/index.ts'
import type { KeyBackend } from '../backends/key-backend.ts'
import type { KeyHandle } from '../key-handle.ts'
import type { Requester } from '../requester.ts'
import { decodeExternal, encodeExternal } from './external-ciphertext.ts'
import type { ExternalKeys, ExternalUse } from './external-keys.ts'

/**
 * Keys in external key stores: **double encryption**. Key material of our own encrypts first, and the key outside encrypts the
 * result, so that neither side alone can read a ciphertext (AWS KMS developer guide, "External key stores").
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
    const sealed = await this.#inner.encrypt(key, plaintext, associatedData)
    const data = shortened(associatedData)
    return encodeExternal(await this.#way.encrypt(useOf(key, requester), sealed, data))
  }

  async decrypt(
    key: KeyHandle,
    sealed: Uint8Array,
    associatedData: Uint8Array,
    requester?: Requester,
  ): Promise<Buffer> {
    const data = shortened(associatedData)
    const inner = await this.#way.decrypt(useOf(key, requester), decodeExternal(sealed), data)
    return await this.#inner.decrypt(key, inner, associatedData)
  }

  /** The inner backend, which has the key material, is told for itself. */
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
    purpose: requester?.purpose,
    signal: requester?.signal,
  }
}

/** An encryption context may be longer than what a key manager takes; its digest stands for it then. */
function shortened(associatedData: Uint8Array): Uint8Array {
  if (associatedData.length <= xksLimits.associatedDataSizeBytes) return associatedData
  return createHash('sha256').update(associatedData).digest()
}
