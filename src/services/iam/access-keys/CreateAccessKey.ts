import type { AccessKey } from '../../../domain/index.ts'
import { generateAccessKeyId, generateSecret } from '../../../identity/index.ts'
import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { checkQuota } from '../wire/quotas.ts'
import { renderAccessKey } from '../wire/render.ts'
import { onUser } from '../wire/resources.ts'
import { accessKeyType, existingUserNameType } from '../wire/shapes.ts'
import { ownerOf } from './access-key-owner.ts'

const output = structure({ AccessKey: required(accessKeyType) })

/** Creates a secret access key and its access key ID for a user or for the root user. */
export const CreateAccessKey = operation({
  name: 'CreateAccessKey',
  effect: 'write',
  input: structure({ UserName: existingUserNameType }),
  output,
  touches: { user: onUser },
  disclose: result => ({ responseElements: output.disclose(result) ?? null }),
  async handle({ input, caller, scope: { accountId }, now, hsm, store }) {
    const userName = await ownerOf(store, caller, input)
    const keys = await store.accessKeys.list(accountId, userName)
    checkQuota('AccessKeysPerUser', keys.length + 1)
    const accessKeyId = generateAccessKeyId()
    const secret = generateSecret()
    const accessKey: AccessKey = {
      accessKeyId,
      accountId,
      userName,
      service: undefined,
      wrappedSecret: hsm.wrapSecret(accessKeyId, Buffer.from(secret)),
      isActive: true,
      createdAt: now,
      sessionTokenDigest: undefined,
      expiresAt: undefined,
    }
    await store.accessKeys.insert(accessKey)
    return { AccessKey: { ...renderAccessKey(accessKey), SecretAccessKey: secret } }
  },
})
