export type { SignedMessage } from './backends/capabilities.ts'
export { verifyEd25519Signature } from './detached-signature.ts'
export type { Hsm } from './hsm.ts'
export type {
  KeyBinding,
  KeyHandle,
  KeyOwner,
  PublicKeyHandle,
  WrappedKeyMaterial,
} from './key-handle.ts'
export {
  type Attestation,
  AttestationProblem,
  AttestationVerifier,
  nitroRootCertificatePem,
  sealForRecipient,
} from './nitro/index.ts'
export { openHsm } from './open-hsm.ts'
export { Abandoned, KeyMaterialProblem, PublicKeyProblem, SealBroken, TooMuchWaiting } from './problems.ts'
export type { Requester } from './requester.ts'
export { type RootKeyProvider, rootKeyProvider } from './root-key/root-key.ts'
export type { RootSealer, WrappedDomainKey } from './tokens/domain-key-records.ts'
export type { DomainKeyChange, DomainKeyFacts, DomainKeyRing } from './tokens/domain-key-ring.ts'
export { DomainKeys } from './tokens/domain-keys.ts'
export type { ImportClaims } from './tokens/import-token.ts'
