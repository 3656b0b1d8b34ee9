import type { CustomKeyStoreType } from '@aws-sdk/client-kms'
import { serverConfig } from '../../session/server-config.ts'

/** The words of the two kinds of custom key stores. */
interface StoreKind {
  readonly title: string
  readonly list: 'cloudHsmStores' | 'externalStores'
  readonly isConfigured: () => boolean
  /** The way to configure the server for stores of this kind. */
  readonly configure: string
  readonly purpose: string
}

export const storeKinds: Readonly<Record<CustomKeyStoreType, StoreKind>> = {
  AWS_CLOUDHSM: {
    title: 'AWS CloudHSM key stores',
    list: 'cloudHsmStores',
    isConfigured: () => serverConfig().features.cloudHsm,
    configure:
      'This server has no cluster of HSMs. Its operator adds PKCS#11 libraries and clusters with the settings pkcs11 and hsmClusters: docs/hsm.md, "Clusters".',
    purpose: 'The keys of an AWS CloudHSM key store are made and used inside HSMs of yours.',
  },
  EXTERNAL_KEY_STORE: {
    title: 'External key stores',
    list: 'externalStores',
    isConfigured: () => serverConfig().features.externalKeyStores,
    configure:
      'This server has no way to an external key store proxy. Its operator opens one with the setting xks, or with outbound for a public endpoint: docs/external-key-stores.md, "The setting xks".',
    purpose: 'The keys of an external key store are in a key manager outside, which a proxy leads to.',
  },
}
