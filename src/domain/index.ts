export { type Alias, aliasesPerKeyMax, checkAliasName, checkSameKind } from './alias.ts'
export { type Arn, aliasArn, keyArn, parseArn, renderArn, rootArn, userArn } from './arn.ts'
export {
  type CiphertextHeader,
  ciphertextHeaderSizeBytes,
  encodeCiphertextHeader,
  parseCiphertextHeader,
} from './ciphertext-blob.ts'
export { type EncryptionContext, encodeEncryptionContext, noContext } from './encryption-context.ts'
export * from './errors.ts'
export {
  arnOf,
  cancelDeletion,
  checkAlgorithm,
  checkPendingWindow,
  checkUsage,
  descriptionLengthMax,
  disable,
  enable,
  isDueForDeletion,
  type KeyMaterial,
  type KeyRecord,
  type KmsKey,
  scheduleDeletion,
} from './key.ts'
export {
  type IdentifierForms,
  identifierArn,
  isAliasName,
  isKeyId,
  type KeyIdentifier,
  parseKeyIdentifier,
} from './key-identifier.ts'
export { factsOf, isKeySpec, type KeySpec, type KeyUsage, keySpecs } from './key-spec.ts'
export { checkState, type KeyOperation, type KeyState, stateTable } from './key-state.ts'
export { encodeMarker, type Page, type PageRequest, parseMarker, toPage } from './pagination.ts'
export type { AccessKey, Identity, NamedPolicy, Principal, User } from './principal.ts'
export { isAccountId, isRegion, partitionOf, type Scope } from './region.ts'
export { checkTagCount, checkTagKeys, checkTags, type Tag, tagsPerKeyMax } from './tag.ts'
