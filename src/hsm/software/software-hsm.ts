import { hkdfSync, type KeyObject } from 'node:crypto'
import { availableParallelism } from 'node:os'
import {
  type Algorithm,
  type EncryptionAlgorithm,
  factsOf,
  isKeyPairSpec,
  type KeyPairSpec,
  type MacAlgorithm,
  type Scope,
} from '../../domain/index.ts'
import { equalConstantTime, randomBytes } from '../../std/index.ts'
import {
  globalDomain,
  type Hsm,
  type ImportClaims,
  type KeyBinding,
  type KeyHandle,
  KeyMaterialProblem,
  type KeyOwner,
  type PublicKeyHandle,
  type SignedMessage,
  type WrappedDomainKey,
  type WrappedKeyMaterial,
} from '../hsm.ts'
import { associatedData, keyTokenData, publicKeyTokenData } from '../tokens/binding.ts'
import { DomainKeys } from '../tokens/domain-keys.ts'
import { openImportToken, sealImportToken } from '../tokens/import-token.ts'
import { ecCurves, isEcc, withCurveName } from './ec-curves.ts'
import { decapsulateWith, encapsulateTo } from './encapsulation.ts'
import { encryptionOf } from './encryption.ts'
import { checkPrivateKey, notOfSpec } from './given-private-key.ts'
import { agreeWith } from './key-agreement.ts'
import {
  type EncodedKeyPair,
  keyPairSpecs,
  openKeyPair,
  publicKeyDer,
  type RsaGenerator,
} from './key-pair-specs.ts'
import { macOf } from './macs.ts'
import { OpenKeys, openToken } from './open-keys.ts'
import { signWith, verifyWith } from './signing.ts'
import { SlowLane } from './slow-lane.ts'
import { unwrappings } from './unwrapping.ts'

// Together they leave one processor free where there are three or more; of two, each lane may have one.
const processors = availableParallelism()
const generatingThreads = Math.max(1, Math.floor(processors / 4))
const signingThreads = Math.max(1, processors - 1 - generatingThreads)

/** The HSM in software: OpenSSL does the cryptography, and key material lives in its memory. */
export class SoftwareHsm implements Hsm {
  readonly #domainKeys: DomainKeys
  readonly #open: OpenKeys
  readonly #lane = new SlowLane({ threadsMax: signingThreads })
  /**
   * Of their own, so that no signature waits until primes are found. That takes seconds of a processor, of which a busy
   * machine gives these threads little.
   */
  readonly #generating = new SlowLane({ threadsMax: generatingThreads, silenceMillisMax: 600_000 })
  readonly #generateRsa: RsaGenerator = modulusLength =>
    this.#generating.run(`generateRsa${modulusLength}`, undefined)

  constructor(rootKey: KeyObject, domainKeys: readonly WrappedDomainKey[]) {
    this.#domainKeys = new DomainKeys(rootKey, domainKeys)
    this.#open = new OpenKeys(this.#domainKeys)
  }

  async generateKeyMaterial(owner: KeyOwner): Promise<WrappedKeyMaterial> {
    const { keySpec } = owner
    if (!isKeyPairSpec(keySpec)) return this.#wrapKeyMaterial(owner, randomBytes(secretSizeBytesOf(owner)))
    const { privateKey, publicKey } = await keyPairSpecs[keySpec].generate(this.#generateRsa)
    return this.#wrapKeyMaterial(owner, privateKey, publicKey)
  }

  importKeyMaterial(owner: KeyOwner, material: Uint8Array): WrappedKeyMaterial {
    const { keySpec } = owner
    try {
      if (!isKeyPairSpec(keySpec)) return this.#wrapKeyMaterial(owner, checkSecret(owner, material))
      return this.#wrapKeyPair(owner, checkPrivateKey(keySpec, material))
    } finally {
      material.fill(0)
    }
  }

  replicateKeyMaterial({ binding, keyToken }: KeyHandle, region: string): WrappedKeyMaterial {
    const material = openToken(binding, () => this.#domainKeys.unwrap(keyToken, keyTokenData(binding)))
    const publicKey = isKeyPairSpec(binding.keySpec) ? publicKeyDer(openKeyPair(material)) : undefined
    return this.#wrapKeyMaterial({ ...binding, region }, material, publicKey)
  }

  getPublicKey({ binding, publicKeyToken }: PublicKeyHandle): Buffer {
    return openToken(binding, () => this.#domainKeys.unwrap(publicKeyToken, publicKeyTokenData(binding)))
  }

  encrypt(key: KeyHandle, plaintext: Uint8Array, data: Uint8Array): Buffer {
    return this.#open.cipherOf(key).seal(plaintext, data)
  }

  decrypt(key: KeyHandle, sealed: Uint8Array, data: Uint8Array): Buffer {
    return this.#open.cipherOf(key).open(sealed, data)
  }

  async encryptAsymmetric(
    key: KeyHandle,
    algorithm: EncryptionAlgorithm,
    plaintext: Uint8Array,
  ): Promise<Buffer> {
    checkHas(key, algorithm)
    return encryptionOf(algorithm).encrypt(this.#open.keyPairOf(key).publicKey, plaintext, this.#lane)
  }

  async decryptAsymmetric(
    key: KeyHandle,
    algorithm: EncryptionAlgorithm,
    ciphertext: Uint8Array,
  ): Promise<Buffer> {
    checkHas(key, algorithm)
    return encryptionOf(algorithm).decrypt(this.#open.keyPairOf(key).privateKey, ciphertext, this.#lane)
  }

  async sign(key: KeyHandle, message: SignedMessage): Promise<Buffer> {
    checkHas(key, message.algorithm)
    return signWith(this.#open.keyPairOf(key), message, this.#lane)
  }

  async verify(key: KeyHandle, message: SignedMessage, signature: Uint8Array): Promise<boolean> {
    checkHas(key, message.algorithm)
    return verifyWith(this.#open.keyPairOf(key).publicKey, message, signature, this.#lane)
  }

  generateMac(key: KeyHandle, algorithm: MacAlgorithm, message: Uint8Array): Buffer {
    checkHas(key, algorithm)
    return macOf(this.#open.macKeyOf(key), algorithm, message)
  }

  verifyMac(key: KeyHandle, algorithm: MacAlgorithm, message: Uint8Array, mac: Uint8Array): boolean {
    return equalConstantTime(this.generateMac(key, algorithm, message), mac)
  }

  async deriveSharedSecret(key: KeyHandle, publicKey: Uint8Array): Promise<Buffer> {
    return agreeWith(key.binding.keySpec, this.#open.keyPairOf(key).privateKey, publicKey, this.#lane)
  }

  async encapsulate(key: KeyHandle): Promise<{ sharedSecret: Buffer; ciphertext: Buffer }> {
    return encapsulateTo(this.#open.keyPairOf(key).publicKey)
  }

  async decapsulate(key: KeyHandle, ciphertext: Uint8Array): Promise<Buffer> {
    return decapsulateWith(this.#open.keyPairOf(key).privateKey, ciphertext)
  }

  async generateKeyPair(keySpec: KeyPairSpec): Promise<EncodedKeyPair> {
    const { privateKey, publicKey } = await keyPairSpecs[keySpec].generate(this.#generateRsa)
    return {
      privateKey: isEcc(keySpec) ? withCurveName(privateKey, ecCurves[keySpec]) : privateKey,
      publicKey,
    }
  }

  generateRandom(length: number): Buffer {
    return randomBytes(length)
  }

  async generateWrappingKey(claims: ImportClaims): Promise<{ publicKey: Buffer; importToken: Buffer }> {
    const { privateKey, publicKey } = await this.generateKeyPair(claims.wrappingKeySpec)
    const importToken = sealImportToken(this.#domainKeys, claims, privateKey)
    privateKey.fill(0)
    return { publicKey, importToken }
  }

  readImportToken(importToken: Uint8Array): ImportClaims {
    return openImportToken(this.#domainKeys, importToken, claims => claims)
  }

  async importWrappedKeyMaterial(
    owner: KeyOwner,
    importToken: Uint8Array,
    wrapped: Uint8Array,
  ): Promise<WrappedKeyMaterial> {
    const { claims, wrappingKey } = openImportToken(this.#domainKeys, importToken, (claims, pkcs8) => ({
      claims,
      wrappingKey: openKeyPair(pkcs8).privateKey,
    }))
    const material = await unwrappings[claims.wrappingAlgorithm](wrappingKey, wrapped, this.#lane)
    try {
      const { keySpec } = owner
      if (!isKeyPairSpec(keySpec)) return this.#wrapKeyMaterial(owner, checkSecret(owner, material))
      // To test the primes of RSA_4096 takes a fifth of a second, and would hold up signatures too.
      const spec = Buffer.from(keySpec)
      const privateKey = await this.#generating.run('checkPrivateKey', undefined, spec, material)
      if (privateKey === undefined) throw notOfSpec(keySpec)
      return this.#wrapKeyPair(owner, privateKey)
    } finally {
      material.fill(0)
    }
  }

  wrapSecret(name: string, secret: Uint8Array): Buffer {
    return this.#domainKeys.wrap(globalDomain, secret, associatedData('keyward secret v1', [name]))
  }

  unwrapSecret(name: string, wrapped: Uint8Array): Buffer {
    return this.#domainKeys.unwrap(wrapped, associatedData('keyward secret v1', [name]))
  }

  forget(scope: Scope, keyId: string): void {
    this.#open.forget(scope, keyId)
  }

  close(): void {
    this.#lane.close()
    this.#generating.close()
    this.#open.close()
    this.#domainKeys.close()
  }

  /** Wraps a private key in its canonical PKCS#8, and wipes it. */
  #wrapKeyPair(owner: KeyOwner, privateKey: Buffer): WrappedKeyMaterial {
    return this.#wrapKeyMaterial(owner, privateKey, publicKeyDer(openKeyPair(privateKey)))
  }

  /** Wraps the material and wipes it. */
  #wrapKeyMaterial(owner: KeyOwner, material: Uint8Array, publicKey?: Uint8Array): WrappedKeyMaterial {
    try {
      const keyMaterialId = keyMaterialIdOf(owner.keyId, material)
      const binding: KeyBinding = { ...owner, keyMaterialId }
      const wrap = (bytes: Uint8Array, data: Buffer) => this.#domainKeys.wrap(owner.region, bytes, data)
      return {
        keyMaterialId,
        keyToken: wrap(material, keyTokenData(binding)),
        publicKeyToken: publicKey && wrap(publicKey, publicKeyTokenData(binding)),
      }
    } finally {
      material.fill(0)
    }
  }
}

/** The callers have checked this; but a key that is used for what it was not made for may tell of itself. */
function checkHas({ binding }: KeyHandle, algorithm: Algorithm): void {
  const lists = Object.values(factsOf(binding.keySpec).algorithms)
  if (!lists.some(algorithms => algorithms.includes(algorithm)))
    throw new Error(`${binding.keySpec} has no ${algorithm}`)
}

function secretSizeBytesOf({ keySpec }: KeyOwner): number {
  const { secretSizeBytes } = factsOf(keySpec)
  if (secretSizeBytes === undefined) throw new Error(`${keySpec} has no secret`)
  return secretSizeBytes
}

/** The bytes of a secret of a size that the key can have. Throws KeyMaterialProblem. */
function checkSecret(owner: KeyOwner, material: Uint8Array): Uint8Array {
  const min = secretSizeBytesOf(owner)
  const { secretMaxBytes: max = min } = factsOf(owner.keySpec)
  if (material.length >= min && material.length <= max) return material
  const sizes = min === max ? `${min}` : `${min} to ${max}`
  throw new KeyMaterialProblem(
    `Key material of ${owner.keySpec} has ${sizes} bytes; the one given has ${material.length}.`,
  )
}

/**
 * The id of a key material: the same for the same bytes in the same key, and telling nothing of the bytes. HKDF (RFC 5869)
 * takes the material as the message of its first HMAC, never as the key of one, so that the id of an HMAC key is no MAC that
 * GenerateMac makes.
 */
function keyMaterialIdOf(keyId: string, material: Uint8Array): string {
  const id = hkdfSync('sha256', material, 'keyward key material id v2', keyId, 32)
  return Buffer.from(id).toString('hex')
}
