import { associatedData } from '../tokens/associated-data.ts'
import { type RootKeyEnvelope, wrongKind } from './envelope.ts'
import {
  keepsNothing,
  type Protected,
  protectedBy,
  type RootKeyProvider,
  type TokenKeyFactory,
  wipeGiven,
} from './provider.ts'
import { rootKeyIdOf } from './root-key.ts'
import { checkedRootKey } from './sealing.ts'
import type { TokenSetting } from './token-setting.ts'

/** Keeps the root key under an AES key that never leaves its PKCS#11 token. The key of a root key that was replaced stays there. */
export function tokenProvider(setting: TokenSetting, tokenKey: TokenKeyFactory): RootKeyProvider {
  const { library, token, key, pinPath } = setting
  const description = `the key ${key} of the token ${token}`
  const open = () => tokenKey({ library, token, key, pinPath })
  return {
    kind: 'pkcs11',
    description,
    opensItself: true,
    filePaths: [pinPath],
    ...keepsNothing,
    async protect(rootKey, given): Promise<Protected> {
      wipeGiven(given)
      const rootKeyId = rootKeyIdOf(rootKey)
      const wrapped = await (await open()).wrap(rootKey, dataOf(rootKeyId))
      return protectedBy({ v: 1, kind: 'pkcs11', rootKeyId, token, key, wrapped: wrapped.toString('base64') })
    },
    async recover(envelope: RootKeyEnvelope | undefined, given): Promise<Buffer> {
      wipeGiven(given)
      if (envelope?.kind !== 'pkcs11') throw wrongKind('pkcs11', envelope)
      const wrapped = Buffer.from(envelope.wrapped, 'base64')
      const rootKey = await (await open()).unwrap(wrapped, dataOf(envelope.rootKeyId))
      return checkedRootKey(rootKey, envelope.rootKeyId, description)
    },
  }
}

/** The associated data: a ciphertext of the same key for a different purpose is no root key. */
const dataOf = (rootKeyId: string) => associatedData('keyward root key in a token v1', [rootKeyId])
