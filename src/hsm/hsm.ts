import type { Authenticator, KeyPairSpec, MacAlgorithm, Scope } from '../domain/index.ts'
import type { Metric } from '../std/index.ts'
import type {
  AsymmetricEncryption,
  Encapsulation,
  Generation,
  KeyAgreement,
  Macs,
  ProxyEncryption,
  Replication,
  Signing,
  SymmetricEncryption,
} from './backends/capabilities.ts'
import type { ClusterKeys } from './clusters/cluster-keys.ts'
import type { KeyHandle, KeyOwner, PublicKeyHandle, WrappedKeyMaterial } from './key-handle.ts'
import type { Requester } from './requester.ts'
import type { DomainKeyRing } from './tokens/domain-key-ring.ts'
import type { ImportClaims } from './tokens/import-token.ts'
import type { ExternalKeys } from './xks/external-keys.ts'

/** The server's own secrets, such as the secrets of access keys. */
export interface ServerSecrets {
  /** Wraps a secret under a name; `unwrapSecret` needs the same name. Without a Region it belongs to the global domain. */
  wrapSecret(name: string, secret: Uint8Array, region?: string): Buffer
  /** Throws SealBroken unless the bytes were wrapped here under this name. */
  unwrapSecret(name: string, wrapped: Uint8Array): Buffer
}

/** The life of key material: how it begins, comes to another region, and leaves the memory. */
export interface KeyMaterials extends Generation, Replication {
  /** SubjectPublicKeyInfo in DER (RFC 5280). */
  getPublicKey(key: PublicKeyHandle): Buffer
  /** Drops everything that is cached of a key's materials, as when the key is disabled or deleted. */
  forget(scope: Scope, keyId: string): void
}

/** Key material from outside. */
export interface KeyImports {
  /**
   * Imports key material for a key and wipes `material`: the bytes of a secret, or a private key in PKCS#8 DER.
   * Throws KeyMaterialProblem if it does not fit the key spec.
   */
  importKeyMaterial(owner: KeyOwner, material: Uint8Array): WrappedKeyMaterial
  /** Makes a wrapping key: the public half in DER, the private half in the import token with the claims. */
  generateWrappingKey(
    claims: ImportClaims,
    requester?: Requester,
  ): Promise<{ readonly publicKey: Buffer; readonly importToken: Buffer }>
  /** Returns the claims of an import token. Throws SealBroken for a token that was not made here. */
  readImportToken(importToken: Uint8Array): ImportClaims
  /**
   * Imports key material that was wrapped under the wrapping key of an import token. Throws SealBroken if it does not
   * unwrap, and KeyMaterialProblem if the unwrapped bytes do not fit the key spec.
   */
  importWrappedKeyMaterial(
    owner: KeyOwner,
    importToken: Uint8Array,
    wrapped: Uint8Array,
    requester?: Requester,
  ): Promise<WrappedKeyMaterial>
}

/** The work that is done with keys. The key token decides which backend does it, so no caller has to ask. */
export interface KeyUse
  extends SymmetricEncryption,
    ProxyEncryption,
    AsymmetricEncryption,
    Signing,
    Macs,
    KeyAgreement,
    Encapsulation {
  /** Compares in constant time. */
  verifyMac(key: KeyHandle, algorithm: MacAlgorithm, message: Uint8Array, mac: Uint8Array): boolean
}

/** Keys and random bytes that are made here and used outside. */
export interface OutsideMaterial {
  /** Makes a key pair: PKCS#8 and SubjectPublicKeyInfo, both DER. The caller wipes the private key. */
  generateKeyPair(
    keySpec: KeyPairSpec,
    requester?: Requester,
  ): Promise<{ readonly privateKey: Buffer; readonly publicKey: Buffer }>
  /** Returns bytes from the random number generator; the caller wipes them if they are a secret. */
  generateRandom(length: number): Buffer
}

/**
 * The security boundary. Above it key material exists only as key tokens; the sealed form of `encrypt` is opaque.
 * A method that may take a millisecond or more returns a promise, and does not hold up other requests while it works. It
 * rejects with TooMuchWaiting if too much work of its requester waits, and with Abandoned if the requester is gone before
 * the work begins.
 */
export interface Hsm extends ServerSecrets, KeyMaterials, KeyImports, KeyUse, OutsideMaterial {
  readonly authenticator: Authenticator
  readonly ring: DomainKeyRing
  /** Gives the way to the keys of external key stores. Without it, such keys do nothing. */
  useExternalKeys(keys: ExternalKeys): void
  /** Gives the way to the keys in the HSMs of clusters. Without it, such keys do nothing. */
  useClusterKeys(keys: ClusterKeys): void
  /** Returns this HSM as it works for a requester, whatever requester its methods are given. */
  for(requester: Requester): Hsm
  /** Returns the metrics of the queues for slow work. */
  metrics(): Metric[]
  /** Drops all key material. The object is useless afterwards. */
  close(): void
}
