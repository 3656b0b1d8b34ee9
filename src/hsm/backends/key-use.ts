import { type Algorithm, factsOf } from '../../domain/index.ts'
import { equalConstantTime } from '../../std/index.ts'
import type { KeyUse } from '../hsm.ts'
import type { KeyHandle } from '../key-handle.ts'
import type { Backends } from './backends.ts'

/** Hands each piece of work to the backend of the key material. */
export function keyUse(backends: Backends): KeyUse {
  const generateMac: KeyUse['generateMac'] = (key, algorithm, message) => {
    checkHas(key, algorithm)
    return backends.capability('macs', key).generateMac(key, algorithm, message)
  }
  return {
    encrypt: (key, plaintext, data) => backends.of(key).encrypt(key, plaintext, data),
    decrypt: (key, sealed, data) => backends.of(key).decrypt(key, sealed, data),
    async encryptAsymmetric(key, algorithm, plaintext) {
      checkHas(key, algorithm)
      return backends.capability('asymmetricEncryption', key).encryptAsymmetric(key, algorithm, plaintext)
    },
    async decryptAsymmetric(key, algorithm, ciphertext) {
      checkHas(key, algorithm)
      return backends.capability('asymmetricEncryption', key).decryptAsymmetric(key, algorithm, ciphertext)
    },
    async sign(key, message) {
      checkHas(key, message.algorithm)
      return backends.capability('signing', key).sign(key, message)
    },
    async verify(key, message, signature) {
      checkHas(key, message.algorithm)
      return backends.capability('signing', key).verify(key, message, signature)
    },
    generateMac,
    verifyMac: (key, algorithm, message, mac) => equalConstantTime(generateMac(key, algorithm, message), mac),
    async deriveSharedSecret(key, publicKey) {
      return backends.capability('agreement', key).deriveSharedSecret(key, publicKey)
    },
    async encapsulate(key) {
      return backends.capability('encapsulation', key).encapsulate(key)
    },
    async decapsulate(key, ciphertext) {
      return backends.capability('encapsulation', key).decapsulate(key, ciphertext)
    },
  }
}

/** The callers have checked this; but a key that works with an algorithm it was not made for may reveal itself. */
function checkHas({ binding }: KeyHandle, algorithm: Algorithm): void {
  const lists = Object.values(factsOf(binding.keySpec).algorithms)
  if (!lists.some(algorithms => algorithms.includes(algorithm)))
    throw new Error(`${binding.keySpec} has no ${algorithm}`)
}
