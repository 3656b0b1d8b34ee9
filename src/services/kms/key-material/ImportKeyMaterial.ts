import {
  checkExpiration,
  checkImportRequest,
  checkOrigin,
  type ImportRequest,
  invalidCiphertext,
  isSymmetric,
  type KmsKey,
  ServiceError,
} from '../../../domain/index.ts'
import { type Hsm, KeyMaterialProblem, SealBroken, type WrappedKeyMaterial } from '../../../hsm/index.ts'
import type { ResolvedKey } from '../../../keys/index.ts'
import { receiveMaterial } from '../../../lifecycle/index.ts'
import { type Millis, required, structure, timestamp } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import {
  ciphertextType,
  expirationModelType,
  givenKeyMaterialIdType,
  importTypeType,
  keyIdType,
  keyMaterialDescriptionType,
  keyMaterialIdType,
} from '../wire/shapes.ts'

const output = structure({ KeyId: keyIdType, KeyMaterialId: keyMaterialIdType })

/** Imports or reimports key material into a KMS key that was created without key material. */
export const ImportKeyMaterial = operation({
  name: 'ImportKeyMaterial',
  effect: 'write',
  input: structure({
    KeyId: required(keyIdType),
    ImportToken: required(ciphertextType),
    EncryptedKeyMaterial: required(ciphertextType),
    ValidTo: timestamp(),
    ExpirationModel: expirationModelType,
    ImportType: importTypeType,
    KeyMaterialDescription: keyMaterialDescriptionType,
    KeyMaterialId: givenKeyMaterialIdType,
  }),
  output,
  touches: {
    key: {
      from: input => input.KeyId,
      forms: 'key',
      fits: checkImports,
      conditions: input => ({
        'kms:ExpirationModel': input.ExpirationModel ?? 'KEY_MATERIAL_EXPIRES',
        'kms:ValidTo': input.ValidTo === undefined ? undefined : new Date(input.ValidTo),
      }),
    },
  },
  disclose: answer => ({ responseElements: output.disclose(answer) ?? null }),
  async prepare({ input, key, hsm, now }) {
    const request: ImportRequest = {
      importType: input.ImportType,
      keyMaterialId: input.KeyMaterialId,
      description: input.KeyMaterialDescription,
    }
    const expiresAt = checkExpiration(input.ExpirationModel, input.ValidTo, now)
    checkImportRequest(key.key, request)
    checkToken(hsm, input.ImportToken, key, now)
    const wrapped = await open(hsm, key, input.ImportToken, input.EncryptedKeyMaterial)
    return { wrapped, request, expiresAt }
  },
  async handle({ key, prepared, now, store }) {
    const record = { key: key.key, policy: key.policyText, materials: key.records }
    await receiveMaterial(store, record, prepared, now)
    const { keyMaterialId } = prepared.wrapped
    return { KeyId: key.arn, KeyMaterialId: isSymmetric(key.key) ? keyMaterialId : undefined }
  },
})

function checkImports(key: KmsKey): void {
  checkOrigin(key, 'EXTERNAL')
}

/** Throws InvalidImportTokenException and ExpiredImportTokenException, which have no text in AWS. */
function checkToken(hsm: Hsm, importToken: Uint8Array, key: ResolvedKey, now: Millis): void {
  try {
    const { keyArn, validTo } = hsm.readImportToken(importToken)
    if (keyArn !== key.arn) throw invalidToken(`the token is for key ${keyArn}`)
    if (validTo <= now) throw new ServiceError('ExpiredImportTokenException')
  } catch (error) {
    throw error instanceof SealBroken ? invalidToken(error.message) : error
  }
}

const invalidToken = (reason: string) =>
  new ServiceError('InvalidImportTokenException', undefined, { reason })

async function open(
  hsm: Hsm,
  { key }: ResolvedKey,
  importToken: Uint8Array,
  encrypted: Uint8Array,
): Promise<WrappedKeyMaterial> {
  const { accountId, region, keyId, keySpec } = key
  try {
    return await hsm.importWrappedKeyMaterial({ accountId, region, keyId, keySpec }, importToken, encrypted)
  } catch (error) {
    // Bytes that do not unwrap could not be decrypted; bytes that unwrap and do not fit are not valid (API reference,
    // "ImportKeyMaterial", Errors).
    if (error instanceof SealBroken) throw invalidCiphertext(error.message)
    if (error instanceof KeyMaterialProblem) throw notOfSpec(keySpec, error.message)
    throw error
  }
}

/** The text is ours: no source has AWS's. */
const notOfSpec = (keySpec: string, reason: string) =>
  new ServiceError(
    'IncorrectKeyMaterialException',
    `Imported key material is not valid for key spec ${keySpec}.`,
    { reason },
  )
