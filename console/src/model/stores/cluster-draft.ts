import type * as Kms from '@aws-sdk/client-kms'
import { nameFault } from './store-names.ts'

/** An AWS CloudHSM key store as it is typed into the form. */
export interface ClusterDraft {
  readonly name: string
  readonly clusterId: string
  /** The text of `customerCA.crt`. */
  readonly trustAnchor: string
  /** The password of the user `kmsuser`. */
  readonly password: string
}

export type ClusterFaults = Readonly<Partial<Record<keyof ClusterDraft, string>>>

export const firstCluster: ClusterDraft = { name: '', clusterId: '', trustAnchor: '', password: '' }

/** The draft of a store that is there. The server never shows the password. */
export const clusterDraftOf = (store: Kms.CustomKeyStoresListEntry): ClusterDraft => ({
  ...{ name: store.CustomKeyStoreName ?? '', clusterId: store.CloudHsmClusterId ?? '', password: '' },
  trustAnchor: store.TrustAnchorCertificate ?? '',
})

// The limits and patterns are those of the API reference ("CreateCustomKeyStore").

const clusterFault = (text: string) =>
  /^cluster-[2-7a-zA-Z]{11,16}$/.test(text) ? undefined : 'The ID is like cluster-234567abcde.'

/** The most characters of a certificate. */
export const trustAnchorMax = 5000

function trustAnchorFault(text: string): string | undefined {
  if (!/^-----BEGIN CERTIFICATE-----/m.test(text))
    return 'Choose the file customerCA.crt: it has a certificate in PEM.'
  return text.length > trustAnchorMax
    ? `The certificate has at most ${trustAnchorMax} characters.`
    : undefined
}

const passwordFault = (text: string) =>
  text.length >= 7 && text.length <= 32 ? undefined : 'The password has 7 to 32 characters.'

/** The faults of a draft by field. `before` is the store that is changed: its password can stay, and its trust anchor does. */
export function clusterFaults(draft: ClusterDraft, before?: Kms.CustomKeyStoresListEntry): ClusterFaults {
  const found = {
    ...{ name: nameFault(draft.name), clusterId: clusterFault(draft.clusterId) },
    ...(before === undefined && { trustAnchor: trustAnchorFault(draft.trustAnchor) }),
    ...((before === undefined || draft.password !== '') && { password: passwordFault(draft.password) }),
  }
  return Object.fromEntries(Object.entries(found).filter(([, fault]) => fault !== undefined))
}

/** The input of CreateCustomKeyStore. */
export const newClusterStore = (draft: ClusterDraft): Kms.CreateCustomKeyStoreCommandInput => ({
  CustomKeyStoreName: draft.name,
  CustomKeyStoreType: 'AWS_CLOUDHSM',
  CloudHsmClusterId: draft.clusterId,
  TrustAnchorCertificate: draft.trustAnchor,
  KeyStorePassword: draft.password,
})

/** The input of UpdateCustomKeyStore with the members that changed; undefined if none did. */
export function changedClusterStore(
  draft: ClusterDraft,
  before: Kms.CustomKeyStoresListEntry,
): Kms.UpdateCustomKeyStoreCommandInput | undefined {
  const changes = {
    ...(draft.name !== before.CustomKeyStoreName && { NewCustomKeyStoreName: draft.name }),
    ...(draft.clusterId !== before.CloudHsmClusterId && { CloudHsmClusterId: draft.clusterId }),
    ...(draft.password !== '' && { KeyStorePassword: draft.password }),
  }
  if (Object.keys(changes).length === 0) return undefined
  return { CustomKeyStoreId: before.CustomKeyStoreId, ...changes }
}
