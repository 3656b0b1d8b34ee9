export * from './aws/arn.ts'
export type { ConditionName } from './aws/condition-name.ts'
export { ec2WireError } from './aws/ec2-wire-errors.ts'
export * from './aws/errors.ts'
export { type Page, type PageRequest, toPage } from './aws/pagination.ts'
export * from './aws/principal.ts'
export { dnsSuffixOf, isAccountId, isInScope, isRegion, partitionOf, type Scope } from './aws/region.ts'
export { checkTagCount, checkTagKeys, checkTags, type Tag, tagsPerKeyMax } from './aws/tag.ts'
export type { TlsConnection, TlsDetails } from './aws/tls-details.ts'
export * from './cloudtrail/event-resources.ts'
export * from './cloudtrail/selectors.ts'
export * from './cloudtrail/trail.ts'
export * from './ec2/index.ts'
export { accountOfSessionKey, isTemporaryKeyId, sessionAccessKeyId } from './iam/access-key-id.ts'
export * from './iam/aws-managed-policies.ts'
export { iamConditionKeyActions } from './iam/condition-keys.ts'
export * from './iam/iam.ts'
export type { InstanceProfile, RoleLastUsed } from './iam/instance-profile.ts'
export type { AccountAlias, OidcProvider } from './iam/oidc-provider.ts'
export { type Alias, checkAliasName, checkSameKind } from './kms/alias.ts'
export {
  type Authenticator,
  globalDomain,
  type KeyTokenBinding,
  type RewrappedToken,
} from './kms/authenticator.ts'
export { awsManagedKeyAlias, awsManagedKeyPolicy, awsManagedKeyServices } from './kms/aws-managed-key.ts'
export {
  type CiphertextHeader,
  ciphertextHeaderSizeBytes,
  encodeCiphertextHeader,
  hasSealedSize,
  parseCiphertextHeader,
} from './kms/ciphertext-blob.ts'
export {
  type ConditionKeyFacts,
  type ConditionKeyType,
  findKmsConditionKey,
  type KmsConditionKey,
  kmsConditionKeys,
} from './kms/condition-keys.ts'
export { ClusterFailure, type ClusterFailureName } from './kms/custom-key-stores/cluster-failure.ts'
export * from './kms/custom-key-stores/connection-state.ts'
export * from './kms/custom-key-stores/custom-key-store.ts'
export * from './kms/custom-key-stores/custom-key-store-id.ts'
export type {
  ExternalKeyMetadata,
  ExternalProxies,
  ProxyAccess,
  ProxyPurpose,
} from './kms/custom-key-stores/external-proxy.ts'
export type {
  ClusterConnection,
  ClusterKeyMaterial,
  ClusterSessions,
  HsmCluster,
  HsmClusters,
} from './kms/custom-key-stores/hsm-clusters.ts'
export {
  XksFailure,
  type XksFailureName,
  xksText,
} from './kms/custom-key-stores/xks-failure.ts'
export * from './kms/custom-key-stores/xks-proxy-api.ts'
export { XksRefusal } from './kms/custom-key-stores/xks-refusal.ts'
export { defaultKeyPolicy } from './kms/default-key-policy.ts'
export * from './kms/deletion.ts'
export { type Deployment, offersKeySpec } from './kms/deployment.ts'
export { type EncryptionContext, encodeEncryptionContext, noContext } from './kms/encryption-context.ts'
export * from './kms/grant.ts'
export * from './kms/import.ts'
export {
  canWrap,
  type WrappingAlgorithm,
  type WrappingKeySpec,
  wrappingAlgorithms,
  wrappingKeySpecs,
} from './kms/import-wrapping.ts'
export * from './kms/key.ts'
export type { KeyEvent, ServiceKeyEvent } from './kms/key-event.ts'
export {
  type IdentifierForms,
  identifierArn,
  isAliasName,
  isKeyId,
  isSameKeyElsewhere,
  type KeyIdentifier,
  parseKeyIdentifier,
} from './kms/key-identifier.ts'
export * from './kms/key-material.ts'
export * from './kms/key-record.ts'
export * from './kms/key-spec.ts'
export {
  checkState,
  type KeyOperation,
  type KeyState,
  keyStates,
  pendingImport,
  type StateAnswer,
  stateTable,
} from './kms/key-state.ts'
export { type KmsAction, keyActions, kmsActions } from './kms/kms-actions.ts'
export * from './kms/multi-region.ts'
export {
  customKeyStoreQuota,
  furtherRequests,
  hasKeyQuota,
  isRequestPool,
  keyRequestQuota,
  type RequestQuota,
  requestQuota,
} from './kms/request-quotas.ts'
export { checkQuota, type ResourceQuotas, resourceQuotaDefaults } from './kms/resource-quotas.ts'
export * from './kms/rotation.ts'
export { viaService } from './kms/via-service.ts'
