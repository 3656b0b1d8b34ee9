import { awsEndpointOf } from './endpoint.ts'
import { type RootKeyEnvelope, wrongKind } from './envelope.ts'
import {
  type KeyServiceFactory,
  keepsNothing,
  type Protected,
  protectedBy,
  type RootKeyProvider,
  wipeGiven,
} from './provider.ts'
import { rootKeyIdOf } from './root-key.ts'
import { checkedRootKey } from './sealing.ts'
import type { KmsSetting } from './setting.ts'

/** Keeps the root key under a key of a different KMS. */
export function kmsProvider(setting: KmsSetting, keyService: KeyServiceFactory): RootKeyProvider {
  const { keyArn, endpoint, credentialsPath, caPath } = setting
  const open = () => keyService({ keyArn, endpoint, credentialsPath, caPath })
  return {
    kind: 'kms',
    description: `the KMS key ${keyArn}`,
    opensItself: true,
    filePaths: credentialsPath === undefined ? [] : [credentialsPath],
    ...keepsNothing,
    async protect(rootKey, given): Promise<Protected> {
      wipeGiven(given)
      const rootKeyId = rootKeyIdOf(rootKey)
      const ciphertext = await (await open()).encrypt(rootKey, contextOf(rootKeyId))
      const isAws = endpoint.href === awsEndpointOf(keyArn)?.href
      const place = isAws ? {} : { endpoint: endpoint.href }
      return protectedBy({
        v: 1,
        kind: 'kms',
        rootKeyId,
        keyArn,
        ...place,
        ciphertext: ciphertext.toString('base64'),
      })
    },
    async recover(envelope: RootKeyEnvelope | undefined, given): Promise<Buffer> {
      wipeGiven(given)
      if (envelope?.kind !== 'kms') throw wrongKind('kms', envelope)
      const service = await open()
      const ciphertext = Buffer.from(envelope.ciphertext, 'base64')
      const rootKey = await service.decrypt(ciphertext, contextOf(envelope.rootKeyId))
      return checkedRootKey(rootKey, envelope.rootKeyId, `The KMS key ${keyArn}`)
    },
  }
}

/** The encryption context. The other KMS records it, and its key policy can ask for it. */
const contextOf = (rootKeyId: string) => ({
  'keyward:purpose': 'root-key',
  'keyward:root-key-id': rootKeyId,
})
