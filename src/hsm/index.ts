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
export { JsonWebKeys, KeySetProblem, type TokenVerification } from './json-web-token.ts'
export {
  type Attestation,
  AttestationProblem,
  AttestationVerifier,
  nitroRootCertificatePem,
  sealForRecipient,
} from './nitro/index.ts'
export { type RootKeyProvider, rootKeyProvider } from './root-key/root-key.ts'
export { DomainKeys } from './software/domain-keys.ts'
export { SoftwareHsm } from './software/software-hsm.ts'
