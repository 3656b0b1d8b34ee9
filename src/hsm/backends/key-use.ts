import { type Algorithm, factsOf } from '../../domain/index.ts'
import { equalConstantTime } from '../../std/index.ts'
import type { KeyUse } from '../hsm.ts'
import type { KeyHandle } from '../key-handle.ts'
import { SealBroken } from '../problems.ts'
import type { Backends } from './backends.ts'

/** Hands each piece of work to the backend of the key material. */
export function keyUse(backends: Backends): KeyUse {
  const generateMac: KeyUse['generateMac'] = (key, algorithm, message) => {
    checkHas(key, algorithm)
    return backends.capability('macs', key).generateMac(key, algorithm, message)
  }
  return {
    encrypt: (key, plaintext, data, requester) => backends.of(key).encrypt(key, plaintext, data, requester),
    decrypt: (key, sealed, data, requester) => backends.of(key).decrypt(key, sealed, data, requester),
    sealForProxy: (key, plaintext, data) =>
      backends.capability('proxyEncryption', key).sealForProxy(key, plaintext, data),
    openForProxy(keys, sealed, data) {
      const [first] = keys
      if (first === undefined) throw new SealBroken('there is no key material to open it with')
      return backends.capability('proxyEncryption', first).openForProxy(keys, sealed, data)
    },
    async encryptAsymmetric(key, algorithm, plaintext, requester) {
      checkHas(key, algorithm)
      const encryption = backends.capability('asymmetricEncryption', key)
      return encryption.encryptAsymmetric(key, algorithm, plaintext, requester)
    },
    async decryptAsymmetric(key, algorithm, ciphertext, requester) {
      checkHas(key, algorithm)
      const encryption = backends.capability('asymmetricEncryption', key)
      return encryption.decryptAsymmetric(key, algorithm, ciphertext, requester)
    },
    async sign(key, message, requester) {
      checkHas(key, message.algorithm)
      return backends.capability('signing', key).sign(key, message, requester)
    },
    async verify(key, message, signature, requester) {
      checkHas(key, message.algorithm)
      return backends.capability('signing', key).verify(key, message, signature, requester)
    },
    generateMac,
    verifyMac: (key, algorithm, message, mac) => equalConstantTime(generateMac(key, algorithm, message), mac),
    async deriveSharedSecret(key, publicKey, requester) {
      return backends.capability('agreement', key).deriveSharedSecret(key, publicKey, requester)
    },
    async encapsulate(key, requester) {
      return backends.capability('encapsulation', key).encapsulate(key, requester)
    },
    async decapsulate(key, ciphertext, requester) {
      return backends.capability('encapsulation', key).decapsulate(key, ciphertext, requester)
    },
  }
}

/** The callers have checked this; but a key that works with an algorithm it was not made for may reveal itself. */
function checkHas({ binding }: KeyHandle, algorithm: Algorithm): void {
  const lists = Object.values(factsOf(binding.keySpec).algorithms)
  if (!lists.some(algorithms => algorithms.includes(algorithm)))
    throw new Error(`${binding.keySpec} has no ${algorithm}`)
}
