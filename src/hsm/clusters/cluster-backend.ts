import { Buffer } from 'node:buffer'
import type { Scope } from '../../domain/index.ts'
import { refuseDryRun } from '../backends/dry-run.ts'
import type { KeyBackend } from '../backends/key-backend.ts'
import type { KeyHandle } from '../key-handle.ts'
import { SealBroken } from '../problems.ts'
import type { Requester } from '../requester.ts'
import type { ClusterKeys } from './cluster-keys.ts'
import { decodeSealed, encodeSealed, storeIdBytes } from './token-ciphertext.ts'
import { decodeReference } from './token-reference.ts'

/** Keys in the HSMs of clusters. */
export class ClusterBackend implements KeyBackend {
  #keys: ClusterKeys | undefined

  /** Gives the way to the HSMs. */
  use(keys: ClusterKeys): void {
    this.#keys = keys
  }

  async encrypt(
    { binding, keyToken }: KeyHandle,
    plaintext: Uint8Array,
    associatedData: Uint8Array,
    requester?: Requester,
  ): Promise<Buffer> {
    const reference = decodeReference(keyToken)
    refuseDryRun(requester)
    const { customKeyStoreId } = reference
    const data = withStore(associatedData, customKeyStoreId)
    return encodeSealed(
      customKeyStoreId,
      await this.#way.encrypt({ binding, reference, requester }, plaintext, data),
    )
  }

  async decrypt(
    { binding, keyToken }: KeyHandle,
    sealed: Uint8Array,
    associatedData: Uint8Array,
    requester?: Requester,
  ): Promise<Buffer> {
    const reference = decodeReference(keyToken)
    const { customKeyStoreId, ...ciphertext } = decodeSealed(sealed)
    if (customKeyStoreId !== reference.customKeyStoreId)
      throw new SealBroken('the ciphertext is from a different custom key store')
    refuseDryRun(requester)
    const data = withStore(associatedData, customKeyStoreId)
    return await this.#way.decrypt({ binding, reference, requester }, ciphertext, data)
  }

  /** The key material is in the HSMs. */
  forget(_scope: Scope, _keyId: string): void {}

  close(): void {
    this.#keys = undefined
  }

  get #way(): ClusterKeys {
    if (this.#keys === undefined) throw new Error('there is no way to the HSMs of clusters')
    return this.#keys
  }
}

const withStore = (associatedData: Uint8Array, customKeyStoreId: string) =>
  Buffer.concat([associatedData, storeIdBytes(customKeyStoreId)])
