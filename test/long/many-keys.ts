import { type KeySpec, type KeyUsage, newKey, newMaterial } from '../../src/domain/index.ts'
import type { Hsm } from '../../src/hsm/index.ts'
import { uuid } from '../../src/std/index.ts'
import type { Writer } from '../../src/store/index.ts'
import { writeStored } from '../fixtures/stored-entities.ts'

const keysPerCommit = 2000
const scope = { accountId: '000000000000', region: 'us-east-1' }
// The default key policy (AWS KMS developer guide, "Default key policy").
const policy = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${scope.accountId}:root` },
      Action: 'kms:*',
      Resource: '*',
    },
  ],
})

/**
 * Writes keys with an alias and a tag each to the database of a stopped server, every tenth of them for signatures. Returns
 * the ids of the others.
 */
export async function fillWithKeys(
  server: { readonly dataDirectory: string },
  count: number,
): Promise<readonly string[]> {
  const keyIds: string[] = []
  for (let from = 0; from < count; from += keysPerCommit)
    await writeStored(server, async (writer, hsm) => {
      for (let number = from; number < Math.min(count, from + keysPerCommit); number++) {
        const signs = number % 10 === 9
        const keyId = signs
          ? await insertKey(writer, hsm, 'ECC_NIST_P256', 'SIGN_VERIFY')
          : await insertKey(writer, hsm, 'SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT')
        if (!signs) keyIds.push(keyId)
      }
    })
  return keyIds
}

async function insertKey(writer: Writer, hsm: Hsm, keySpec: KeySpec, keyUsage: KeyUsage): Promise<string> {
  const keyId = uuid()
  const at = Date.now()
  const owner = { ...scope, keyId, keySpec }
  const material = newMaterial(await hsm.generateKeyMaterial(owner), at)
  const made = newKey({ ...owner, keyUsage, origin: 'AWS_KMS', createdAt: at })
  const key = { ...made, keyState: 'Enabled', currentKeyMaterialId: material.keyMaterialId } as const
  await writer.keys.insert({ key, policy, materials: [material] })
  const aliasName = `alias/${keyId}`
  await writer.aliases.insert({ ...scope, aliasName, targetKeyId: keyId, createdAt: at, updatedAt: at })
  await writer.tags.put(scope, keyId, [{ tagKey: 'number', tagValue: keyId.slice(0, 8) }])
  return keyId
}
