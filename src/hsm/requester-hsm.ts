import type { Authenticator } from '../domain/index.ts'
import type { Hsm } from './hsm.ts'
import type { Requester } from './requester.ts'
import type { DomainKeyRing } from './tokens/domain-key-ring.ts'

type Args<M extends Exclude<keyof Hsm, 'authenticator' | 'ring'>> = Parameters<Hsm[M]>

/**
 * An HSM that works for one requester. Each call of an operation gets one, so that no handler can forget its requester.
 * It is a class, because each call would pay for the closures of an object.
 */
export class RequesterHsm implements Hsm {
  readonly #hsm: Hsm
  readonly #requester: Requester

  constructor(hsm: Hsm, requester: Requester) {
    this.#hsm = hsm
    this.#requester = requester
  }

  for(requester: Requester): Hsm {
    return this.#hsm.for(requester)
  }

  // Work that may have to wait: it is done for the requester.

  encrypt(...[key, plaintext, data]: Args<'encrypt'>) {
    return this.#hsm.encrypt(key, plaintext, data, this.#requester)
  }

  decrypt(...[key, sealed, data]: Args<'decrypt'>) {
    return this.#hsm.decrypt(key, sealed, data, this.#requester)
  }

  generateKeyMaterial(...[owner]: Args<'generateKeyMaterial'>) {
    return this.#hsm.generateKeyMaterial(owner, this.#requester)
  }

  generateWrappingKey(...[claims]: Args<'generateWrappingKey'>) {
    return this.#hsm.generateWrappingKey(claims, this.#requester)
  }

  importWrappedKeyMaterial(...[owner, token, wrapped]: Args<'importWrappedKeyMaterial'>) {
    return this.#hsm.importWrappedKeyMaterial(owner, token, wrapped, this.#requester)
  }

  encryptAsymmetric(...[key, algorithm, plaintext]: Args<'encryptAsymmetric'>) {
    return this.#hsm.encryptAsymmetric(key, algorithm, plaintext, this.#requester)
  }

  decryptAsymmetric(...[key, algorithm, ciphertext]: Args<'decryptAsymmetric'>) {
    return this.#hsm.decryptAsymmetric(key, algorithm, ciphertext, this.#requester)
  }

  sign(...[key, message]: Args<'sign'>) {
    return this.#hsm.sign(key, message, this.#requester)
  }

  verify(...[key, message, signature]: Args<'verify'>) {
    return this.#hsm.verify(key, message, signature, this.#requester)
  }

  deriveSharedSecret(...[key, publicKey]: Args<'deriveSharedSecret'>) {
    return this.#hsm.deriveSharedSecret(key, publicKey, this.#requester)
  }

  encapsulate(...[key]: Args<'encapsulate'>) {
    return this.#hsm.encapsulate(key, this.#requester)
  }

  decapsulate(...[key, ciphertext]: Args<'decapsulate'>) {
    return this.#hsm.decapsulate(key, ciphertext, this.#requester)
  }

  generateKeyPair(...[keySpec]: Args<'generateKeyPair'>) {
    return this.#hsm.generateKeyPair(keySpec, this.#requester)
  }

  // Work that is done at once.

  sealForProxy(...args: Args<'sealForProxy'>) {
    return this.#hsm.sealForProxy(...args)
  }

  openForProxy(...args: Args<'openForProxy'>) {
    return this.#hsm.openForProxy(...args)
  }

  get authenticator(): Authenticator {
    return this.#hsm.authenticator
  }

  get ring(): DomainKeyRing {
    return this.#hsm.ring
  }

  wrapSecret(...args: Args<'wrapSecret'>) {
    return this.#hsm.wrapSecret(...args)
  }

  unwrapSecret(...args: Args<'unwrapSecret'>) {
    return this.#hsm.unwrapSecret(...args)
  }

  replicateKeyMaterial(...args: Args<'replicateKeyMaterial'>) {
    return this.#hsm.replicateKeyMaterial(...args)
  }

  getPublicKey(...args: Args<'getPublicKey'>) {
    return this.#hsm.getPublicKey(...args)
  }

  forget(...args: Args<'forget'>) {
    return this.#hsm.forget(...args)
  }

  importKeyMaterial(...args: Args<'importKeyMaterial'>) {
    return this.#hsm.importKeyMaterial(...args)
  }

  readImportToken(...args: Args<'readImportToken'>) {
    return this.#hsm.readImportToken(...args)
  }

  generateMac(...args: Args<'generateMac'>) {
    return this.#hsm.generateMac(...args)
  }

  verifyMac(...args: Args<'verifyMac'>) {
    return this.#hsm.verifyMac(...args)
  }

  generateRandom(...args: Args<'generateRandom'>) {
    return this.#hsm.generateRandom(...args)
  }

  useExternalKeys(...args: Args<'useExternalKeys'>) {
    return this.#hsm.useExternalKeys(...args)
  }

  useClusterKeys(...args: Args<'useClusterKeys'>) {
    return this.#hsm.useClusterKeys(...args)
  }

  metrics(...args: Args<'metrics'>) {
    return this.#hsm.metrics(...args)
  }

  close(...args: Args<'close'>) {
    return this.#hsm.close(...args)
  }
}
