export type { SignedMessage } from './backends/capabilities.ts'
export { auditTokens, type TokenAudit } from './clusters/audit/audit-tokens.ts'
export type { NamedAddress } from './clusters/audit/read-token.ts'
export type { ClusterClient } from './clusters/cluster-client.ts'
export type { ClusterEvent } from './clusters/cluster-options.ts'
export { type CountLedger, encryptionsMax, GcmLeases, leaseSize } from './clusters/gcm-leases.ts'
export { openClusterClient } from './clusters/open-cluster-client.ts'
export { decodeReference, encodeReference } from './clusters/token-reference.ts'
export { certificateFingerprint } from './clusters/trust-anchor.ts'
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
export { listTokens, openTokenGateways, openTokenKey, testToken } from './pkcs11/open-tokens.ts'
export type { Pin } from './pkcs11/pin-source.ts'
export type { SelfTestStep } from './pkcs11/self-test.ts'
export type { ListedToken } from './pkcs11/slots.ts'
export { Abandoned, KeyMaterialProblem, PublicKeyProblem, SealBroken, TooMuchWaiting } from './problems.ts'
export type { CallPurpose, Requester } from './requester.ts'
export {
  parseEnvelope,
  type RootKeyEnvelope,
  renderEnvelope,
} from './root-key/envelope.ts'
export { type ProblemCode, RootKeyProblem } from './root-key/problem.ts'
export type {
  Given,
  KeyService,
  KeyServiceFactory,
  KeyServiceTarget,
  Protected,
  RootKeyProvider,
  TokenKeyFactory,
} from './root-key/provider.ts'
export { RootKey } from './root-key/root-key.ts'
export { rootKeyProvider } from './root-key/root-key-provider.ts'
export {
  describeKeeper,
  effectiveSetting,
  isKeptAs,
  parseRootKeySetting,
  type RootKeySetting,
  renderRootKeySetting,
} from './root-key/setting.ts'
export { ShareCollector, type ShareCount } from './root-key/share-collector.ts'
export { isLibraryName, isTokenLabel } from './root-key/token-setting.ts'
export type { RootSealer, WrappedDomainKey } from './tokens/domain-key-records.ts'
export type { DomainKeyChange, DomainKeyFacts } from './tokens/domain-key-ring.ts'
export { DomainKeys } from './tokens/domain-keys.ts'
export type { ImportClaims } from './tokens/import-token.ts'
export type { ExternalKeys, ExternalUse } from './xks/external-keys.ts'
export { openProxyClient } from './xks/open-proxy-client.ts'
export type { ProxyClient, ProxyClientOptions, ReportedFailure } from './xks/proxy-client.ts'
export type { ProxySettings } from './xks/proxy-settings.ts'
