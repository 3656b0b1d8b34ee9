import type { Scope } from '../../domain/index.ts'
import type { Capabilities, SymmetricEncryption } from './capabilities.ts'

/**
 * The home of key material: the memory of this process (`software/`), or a device. The core is small, so that every device
 * can fill it; everything beyond symmetric encryption is an optional capability. The first byte of its key tokens, and of
 * no other backend's, is the version under which `openHsm` lists it.
 */
export interface KeyBackend extends SymmetricEncryption, Partial<Capabilities> {
  /** Drops everything that is cached of a key's materials. */
  forget(scope: Scope, keyId: string): void
  /** Drops everything that is cached. The object is useless afterwards. */
  close(): void
}
