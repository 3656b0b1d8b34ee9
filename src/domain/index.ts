export { accountOfSessionKey, isTemporaryKeyId, sessionAccessKeyId } from './access-key-id.ts'
export { type Alias, checkAliasName, checkSameKind } from './alias.ts'
export * from './arn.ts'
export { awsManagedKeyAlias, awsManagedKeyPolicy, awsManagedKeyServices } from './aws-managed-key.ts'
export * from './aws-managed-policies.ts'
export {
  type CiphertextHeader,
  ciphertextHeaderSizeBytes,
  encodeCiphertextHeader,
  parseCiphertextHeader,
} from './ciphertext-blob.ts'
export {
  type ConditionKeyFacts,
  type ConditionKeyType,
  findKmsConditionKey,
  iamConditionKeyActions,
  type KmsConditionKey,
  kmsConditionKeys,
} from './condition-keys.ts'
export * from './deletion.ts'
export { type EncryptionContext, encodeEncryptionContext, noContext } from './encryption-context.ts'
export * from './errors.ts'
export * from './grant.ts'
export * from './iam.ts'
export * from './import.ts'
export {
  canWrap,
  type WrappingAlgorithm,
  type WrappingKeySpec,
  wrappingAlgorithms,
  wrappingKeySpecs,
} from './import-wrapping.ts'
export * from './key.ts'
export type { KeyEvent } from './key-event.ts'
export {
  type IdentifierForms,
  identifierArn,
  isAliasName,
  isKeyId,
  isSameKeyElsewhere,
  type KeyIdentifier,
  parseKeyIdentifier,
} from './key-identifier.ts'
export * from './key-material.ts'
export * from './key-record.ts'
export * from './key-spec.ts'
export {
  checkState,
  type KeyOperation,
  type KeyState,
  keyStates,
  pendingImport,
  type StateAnswer,
  stateTable,
} from './key-state.ts'
export { type KmsAction, keyActions, kmsActions } from './kms-actions.ts'
export * from './multi-region.ts'
export { type Page, type PageRequest, toPage } from './pagination.ts'
export * from './principal.ts'
export { type ResourceQuotas, resourceQuotaDefaults } from './quotas.ts'
export { isAccountId, isRegion, partitionOf, type Scope } from './region.ts'
export {
  furtherRequests,
  hasKeyQuota,
  isRequestPool,
  keyRequestQuota,
  type RequestQuota,
  requestQuota,
} from './request-quotas.ts'
export * from './rotation.ts'
export { checkTagCount, checkTagKeys, checkTags, type Tag, tagsPerKeyMax } from './tag.ts'
