import type { Scope } from '../../domain/index.ts'
import type { KeyHandle } from '../key-handle.ts'
import type { Capabilities } from './capabilities.ts'
import type { KeyBackend } from './key-backend.ts'

/**
 * Finds the backend of a key material by the first byte of its key token: the version, which says who made the token. A key in an
 * external key store has a token of our own, too, and a backend that works with both.
 */
export class Backends {
  readonly #byTokenVersion: readonly (KeyBackend | undefined)[]
  readonly #external: KeyBackend | undefined

  constructor(byTokenVersion: Readonly<Record<number, KeyBackend>>, external?: KeyBackend) {
    this.#byTokenVersion = Object.assign([], byTokenVersion)
    this.#external = external
  }

  /**
   * Returns the backend of a key material. Throws Error if no backend makes tokens of this version, which is damage to the
   * database or an attack on it, never the client's fault.
   */
  of({ binding, keyToken, externalKey }: KeyHandle): KeyBackend {
    const version = keyToken[0] ?? 0
    const backend = externalKey === undefined ? this.#byTokenVersion[version] : this.#external
    if (backend === undefined)
      throw new Error(
        `the key token of key ${binding.keyId} does not open: no backend makes tokens of version ${version}`,
      )
    return backend
  }

  /** Returns a capability of the key material's backend. Throws Error if the backend lacks it. */
  capability<C extends keyof Capabilities>(name: C, key: KeyHandle): Capabilities[C] {
    const backend: Partial<Capabilities> = this.of(key)
    const capability = backend[name]
    if (capability === undefined) throw new Error(`the backend of key ${key.binding.keyId} has no ${name}`)
    return capability
  }

  /** As `KeyBackend.forget`, in all backends. */
  forget(scope: Scope, keyId: string): void {
    for (const backend of this.#byTokenVersion) backend?.forget(scope, keyId)
  }

  /** As `KeyBackend.close`, in all backends. */
  close(): void {
    for (const backend of [...this.#byTokenVersion, this.#external]) backend?.close()
  }
}
