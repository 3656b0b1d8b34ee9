import type { Scope } from '../../domain/index.ts'
import type {
  AsymmetricEncryption,
  Capabilities,
  Encapsulation,
  Generation,
  KeyAgreement,
  Macs,
  ProxyEncryption,
  Replication,
  Signing,
} from '../backends/capabilities.ts'
import type { KeyBackend } from '../backends/key-backend.ts'
import { proxyEncryption } from '../cipher/proxy-encryption.ts'
import type { KeyHandle } from '../key-handle.ts'
import type { DomainKeys } from '../tokens/domain-keys.ts'
import { asymmetricEncryption } from './asymmetric-encryption.ts'
import { encapsulation } from './encapsulation.ts'
import { generation } from './generation.ts'
import { keyAgreement } from './key-agreement.ts'
import type { Lanes } from './lanes.ts'
import { macs } from './macs.ts'
import { OpenKeys } from './open-keys.ts'
import { replication } from './replication.ts'
import { signing } from './signing.ts'

/**
 * The backend in software: OpenSSL does the cryptography, and key material lives in its memory. Its key tokens hold the
 * key material itself, wrapped by a domain key. It has every capability.
 */
export class SoftwareBackend implements KeyBackend, Capabilities {
  readonly #keys: OpenKeys
  readonly proxyEncryption: ProxyEncryption
  readonly asymmetricEncryption: AsymmetricEncryption
  readonly signing: Signing
  readonly macs: Macs
  readonly agreement: KeyAgreement
  readonly encapsulation: Encapsulation
  readonly generation: Generation
  readonly replication: Replication

  constructor(domainKeys: DomainKeys, lanes: Lanes) {
    this.#keys = new OpenKeys(domainKeys)
    this.proxyEncryption = proxyEncryption(this.#keys)
    this.asymmetricEncryption = asymmetricEncryption(this.#keys, lanes)
    this.signing = signing(this.#keys, lanes)
    this.macs = macs(this.#keys)
    this.agreement = keyAgreement(this.#keys, lanes)
    this.encapsulation = encapsulation(this.#keys, lanes)
    this.generation = generation(domainKeys, lanes)
    this.replication = replication(domainKeys)
  }

  encrypt(key: KeyHandle, plaintext: Uint8Array, data: Uint8Array): Buffer {
    return this.#keys.cipherOf(key).seal(plaintext, data)
  }

  decrypt(key: KeyHandle, sealed: Uint8Array, data: Uint8Array): Buffer {
    return this.#keys.cipherOf(key).open(sealed, data)
  }

  forget(scope: Scope, keyId: string): void {
    this.#keys.forget(scope, keyId)
  }

  close(): void {
    this.#keys.close()
  }
}
