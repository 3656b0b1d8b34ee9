import type * as Kms from '@aws-sdk/client-kms'
import { nameFault } from './store-names.ts'

/** An external key store as it is typed into the form. */
export interface ExternalDraft {
  readonly name: string
  readonly connectivity: Kms.XksProxyConnectivityType
  readonly serviceName: string
  /** The account of the VPC endpoint service; empty for the own one. */
  readonly serviceOwner: string
  readonly endpoint: string
  /** The part of the path before `/kms/xks/v1`, which AWS's console adds. */
  readonly pathPrefix: string
  readonly accessKeyId: string
  readonly secret: string
}

export type ExternalFaults = Readonly<Partial<Record<keyof ExternalDraft, string>>>

export const firstExternal: ExternalDraft = {
  ...{ name: '', connectivity: 'PUBLIC_ENDPOINT', serviceName: '', serviceOwner: '', endpoint: '' },
  ...{ pathPrefix: '', accessKeyId: '', secret: '' },
}

/** The end of the path of version 1 of the proxy API (XKS proxy API specification, "URI"). */
const pathEnd = '/kms/xks/v1'

/** The path of a proxy with a prefix. A whole path stays as it is. */
export function pathOf(prefix: string): string {
  const typed = prefix.replace(/\/+$/, '')
  if (/\/kms\/xks\/v\d{1,2}$/.test(typed)) return typed
  return `${typed === '' || typed.startsWith('/') ? typed : `/${typed}`}${pathEnd}`
}

/** The prefix of a path; the path itself if it is of a different version of the API. */
export const prefixOf = (path: string) => (path.endsWith(pathEnd) ? path.slice(0, -pathEnd.length) : path)

/** The draft of a store that is there. The server never shows the secret. */
export function draftOf({
  CustomKeyStoreName: name = '',
  XksProxyConfiguration: proxy = {},
}: Kms.CustomKeyStoresListEntry): ExternalDraft {
  return {
    ...{ name, connectivity: proxy.Connectivity ?? 'PUBLIC_ENDPOINT', secret: '' },
    ...{ endpoint: proxy.UriEndpoint ?? '', pathPrefix: prefixOf(proxy.UriPath ?? pathEnd) },
    ...{ serviceName: proxy.VpcEndpointServiceName ?? '', serviceOwner: proxy.VpcEndpointServiceOwner ?? '' },
    accessKeyId: proxy.AccessKeyId ?? '',
  }
}

// The limits and patterns are those of the API reference ("CreateCustomKeyStore", "XksProxyAuthenticationCredentialType").

const isWithin = (text: string, min: number, max: number) => text.length >= min && text.length <= max

function endpointFault(text: string): string | undefined {
  if (!text.startsWith('https://')) return 'The endpoint begins with https://.'
  if (!/^https:\/\/[a-zA-Z0-9.-]+$/.test(text)) return 'Write the host name alone, without a port or a path.'
  return isWithin(text, 10, 128) ? undefined : 'The endpoint has 10 to 128 characters.'
}

function prefixFault(text: string): string | undefined {
  const path = pathOf(text)
  if (!/^(?:\/[a-zA-Z0-9/_-]+)?\/kms\/xks\/v\d{1,2}$/.test(path))
    return 'The prefix has letters, digits, and the characters / _ - .'
  return path.length <= 128 ? undefined : 'The whole path has at most 128 characters.'
}

function serviceFault(text: string): string | undefined {
  const isName = /^(?:com|eu)\.amazonaws\.vpce\.(?:[a-z]+-){2,3}\d+\.vpce-svc-[0-9a-z]+$/.test(text)
  return isName && isWithin(text, 20, 64)
    ? undefined
    : 'The name is like com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0.'
}

const ownerFault = (text: string) =>
  text === '' || /^\d{12}$/.test(text) ? undefined : 'An account ID has 12 digits.'

const accessKeyFault = (text: string) =>
  /^[A-Z2-7]{20,30}$/.test(text)
    ? undefined
    : 'The access key ID has 20 to 30 characters: A to Z, and 2 to 7.'

const secretFault = (text: string) =>
  /^[a-zA-Z0-9/+=]{43,64}$/.test(text)
    ? undefined
    : 'The secret access key has 43 to 64 characters: letters, digits, / + =.'

/** The faults of a draft by field. `before` is the store that is changed: its credential can stay. */
export function externalFaults(draft: ExternalDraft, before?: Kms.CustomKeyStoresListEntry): ExternalFaults {
  const isVpc = draft.connectivity === 'VPC_ENDPOINT_SERVICE'
  const keepsCredential =
    before !== undefined &&
    draft.secret === '' &&
    draft.accessKeyId === before.XksProxyConfiguration?.AccessKeyId
  const found = {
    ...{ name: nameFault(draft.name), endpoint: endpointFault(draft.endpoint) },
    pathPrefix: prefixFault(draft.pathPrefix),
    ...(isVpc && {
      serviceName: serviceFault(draft.serviceName),
      serviceOwner: ownerFault(draft.serviceOwner),
    }),
    ...(!keepsCredential && {
      accessKeyId: accessKeyFault(draft.accessKeyId),
      secret: secretFault(draft.secret),
    }),
  }
  return Object.fromEntries(Object.entries(found).filter(([, fault]) => fault !== undefined))
}

/** The input of CreateCustomKeyStore. */
export function newExternalStore(draft: ExternalDraft): Kms.CreateCustomKeyStoreCommandInput {
  return {
    CustomKeyStoreName: draft.name,
    CustomKeyStoreType: 'EXTERNAL_KEY_STORE',
    XksProxyConnectivity: draft.connectivity,
    XksProxyUriEndpoint: draft.endpoint,
    XksProxyUriPath: pathOf(draft.pathPrefix),
    XksProxyAuthenticationCredential: credentialIn(draft),
    ...serviceIn(draft),
  }
}

const credentialIn = ({ accessKeyId, secret }: ExternalDraft) => ({
  AccessKeyId: accessKeyId,
  RawSecretAccessKey: secret,
})

function serviceIn({ connectivity, serviceName, serviceOwner }: ExternalDraft) {
  if (connectivity !== 'VPC_ENDPOINT_SERVICE') return {}
  return {
    XksProxyVpcEndpointServiceName: serviceName,
    ...(serviceOwner !== '' && { XksProxyVpcEndpointServiceOwner: serviceOwner }),
  }
}

/** The input of UpdateCustomKeyStore with the members that changed; undefined if none did. */
export function changedExternalStore(
  draft: ExternalDraft,
  before: Kms.CustomKeyStoresListEntry,
): Kms.UpdateCustomKeyStoreCommandInput | undefined {
  const old = draftOf(before)
  const isMoved = draft.connectivity !== old.connectivity
  const isService = draft.serviceName !== old.serviceName || draft.serviceOwner !== old.serviceOwner
  const changes = {
    ...(draft.name !== old.name && { NewCustomKeyStoreName: draft.name }),
    ...(isMoved && { XksProxyConnectivity: draft.connectivity }),
    // A different connectivity needs its endpoint, although it may be the same.
    ...((isMoved || draft.endpoint !== old.endpoint) && { XksProxyUriEndpoint: draft.endpoint }),
    ...(pathOf(draft.pathPrefix) !== pathOf(old.pathPrefix) && {
      XksProxyUriPath: pathOf(draft.pathPrefix),
    }),
    ...((isMoved || isService) && serviceIn(draft)),
    ...(draft.secret !== '' && { XksProxyAuthenticationCredential: credentialIn(draft) }),
  }
  if (Object.keys(changes).length === 0) return undefined
  return { CustomKeyStoreId: before.CustomKeyStoreId, ...changes }
}

/** The fields that can change only while the store is disconnected (API reference, "UpdateCustomKeyStore"). */
export const fixedWhileConnected: readonly (keyof ExternalDraft)[] = [
  ...(['connectivity', 'serviceName', 'serviceOwner', 'endpoint'] as const),
]
