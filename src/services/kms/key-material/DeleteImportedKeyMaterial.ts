import { checkOrigin, isSymmetric, type KmsKey, validation } from '../../../domain/index.ts'
import { deleteMaterial } from '../../../lifecycle/index.ts'
import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { givenKeyMaterialIdType, keyIdType, keyMaterialIdType } from '../wire/shapes.ts'

const output = structure({ KeyId: keyIdType, KeyMaterialId: keyMaterialIdType })

/** Deletes key material that was imported into a KMS key. */
export const DeleteImportedKeyMaterial = operation({
  name: 'DeleteImportedKeyMaterial',
  effect: 'write',
  input: structure({ KeyId: required(keyIdType), KeyMaterialId: givenKeyMaterialIdType }),
  output,
  touches: { key: { from: input => input.KeyId, forms: 'key', fits: checkImports } },
  disclose: answer => ({ responseElements: output.disclose(answer) ?? null }),
  async handle({ input, key, store }) {
    const keyMaterialId = input.KeyMaterialId ?? key.key.currentKeyMaterialId
    const material = key.records.find(record => record.keyMaterialId === keyMaterialId)
    if (material === undefined && input.KeyMaterialId !== undefined)
      throw neverImported(key.arn, keyMaterialId)
    // Key material that was never imported needs no deletion.
    if (material !== undefined) {
      await deleteMaterial(store, { key: key.key, policy: key.policyText, materials: key.records }, material)
    }
    return { KeyId: key.arn, KeyMaterialId: isSymmetric(key.key) ? keyMaterialId : undefined }
  },
})

function checkImports(key: KmsKey): void {
  checkOrigin(key, 'EXTERNAL')
}

/** Text recorded from AWS. */
const neverImported = (arn: string, keyMaterialId: string | undefined) =>
  validation(`Key material (id: ${keyMaterialId}) has never been imported into KMS key ${arn}.`)
