export {
  globalDomain,
  type Hsm,
  type ImportClaims,
  type KeyBinding,
  type KeyHandle,
  KeyMaterialProblem,
  type KeyOwner,
  type PublicKeyHandle,
  PublicKeyProblem,
  SealBroken,
  type SignedMessage,
  type WrappedDomainKey,
  type WrappedKeyMaterial,
} from './hsm.ts'
export {
  type Attestation,
  AttestationProblem,
  AttestationVerifier,
  nitroRootCertificatePem,
  sealForRecipient,
} from './nitro/index.ts'
export { type RootKeyProvider, rootKeyProvider } from './root-key/root-key.ts'
export { SoftwareHsm } from './software/software-hsm.ts'
export { DomainKeys } from './tokens/domain-keys.ts'
