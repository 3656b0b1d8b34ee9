import { resolve } from 'node:path'
import { fileProvider } from './file-provider.ts'
import { kmsProvider } from './kms-provider.ts'
import { passphraseProvider } from './passphrase-provider.ts'
import type { ProviderParts, RootKeyProvider } from './provider.ts'
import type { RootKeySetting } from './setting.ts'
import { sharesProvider } from './shares-provider.ts'
import { tokenProvider } from './token-provider.ts'

/** Returns the provider that a setting names. Relative paths begin at the data directory. */
export function rootKeyProvider(
  setting: RootKeySetting,
  { directory, quorum, keyService, tokenKey }: ProviderParts,
): RootKeyProvider {
  const placeOf = (path: string | undefined) => (path === undefined ? undefined : resolve(directory, path))
  switch (setting.kind) {
    case 'file':
      return fileProvider(resolve(directory, setting.path), directory)
    case 'passphrase':
      return passphraseProvider(placeOf(setting.path))
    case 'shares':
      return sharesProvider(quorum)
    case 'kms': {
      const { credentialsPath, caPath } = setting
      const places = { credentialsPath: placeOf(credentialsPath), caPath: placeOf(caPath) }
      return kmsProvider({ ...setting, ...places }, keyService)
    }
    case 'pkcs11':
      return tokenProvider({ ...setting, pinPath: resolve(directory, setting.pinPath) }, tokenKey)
  }
}
