import { Buffer } from 'node:buffer'
import {
  type CustomKeyStore,
  type CustomKeyStoreId,
  type ExternalProxies,
  isExternalKeyStore,
  isXksUriPath,
  type ProxyAccess,
  type ProxyPurpose,
  ServiceError,
  validation,
  XksFailure,
  type XksProxy,
  xksSecretName,
} from '../../../domain/index.ts'
import type { Hsm } from '../../../hsm/index.ts'
import type { Millis } from '../../../std/index.ts'
import type { GivenProxy } from './shapes.ts'

/** The settings of a proxy without its secret. */
export type ProxySettings = Omit<XksProxy, 'wrappedSecret' | 'credentialSince'>

// The texts of this file are ours: no source has AWS's.

/**
 * Returns the settings of the proxy of a new external key store (API reference, "CreateCustomKeyStore"). `accountId` owns the VPC
 * endpoint service if the request names no other. Throws ValidationException.
 */
export function newSettings(given: GivenProxy, accountId: string): ProxySettings {
  const settings: ProxySettings = {
    connectivity: needed(given, 'XksProxyConnectivity'),
    uriEndpoint: needed(given, 'XksProxyUriEndpoint'),
    uriPath: needed(given, 'XksProxyUriPath'),
    accessKeyId: needed(given, 'XksProxyAuthenticationCredential').AccessKeyId,
    ...endpointService(given, needed(given, 'XksProxyConnectivity'), accountId),
  }
  checkPath(settings.uriPath)
  return settings
}

/**
 * Returns the settings of a proxy after an update (API reference, "UpdateCustomKeyStore"): with a different connectivity everything about
 * the endpoint must be given again. Throws ValidationException.
 */
export function changedSettings(before: XksProxy, given: GivenProxy, accountId: string): ProxySettings {
  const connectivity = given.XksProxyConnectivity ?? before.connectivity
  if (connectivity !== before.connectivity) needed(given, 'XksProxyUriEndpoint')
  const settings: ProxySettings = {
    connectivity,
    uriEndpoint: given.XksProxyUriEndpoint ?? before.uriEndpoint,
    uriPath: given.XksProxyUriPath ?? before.uriPath,
    accessKeyId: given.XksProxyAuthenticationCredential?.AccessKeyId ?? before.accessKeyId,
    ...endpointService(
      connectivity === before.connectivity ? { ...serviceOf(before), ...given } : given,
      connectivity,
      accountId,
    ),
  }
  checkPath(settings.uriPath)
  return settings
}

function serviceOf({ vpcEndpointServiceName: name, vpcEndpointServiceOwner: owner }: XksProxy): GivenProxy {
  if (name === undefined) return {}
  return { XksProxyVpcEndpointServiceName: name, XksProxyVpcEndpointServiceOwner: owner }
}

function endpointService(
  given: GivenProxy,
  connectivity: XksProxy['connectivity'],
  accountId: string,
): Pick<ProxySettings, 'vpcEndpointServiceName' | 'vpcEndpointServiceOwner'> {
  const { XksProxyVpcEndpointServiceName: name, XksProxyVpcEndpointServiceOwner: owner } = given
  if (connectivity === 'VPC_ENDPOINT_SERVICE')
    return {
      vpcEndpointServiceName: needed(given, 'XksProxyVpcEndpointServiceName'),
      vpcEndpointServiceOwner: owner ?? accountId,
    }
  if (name !== undefined) throw onlyForVpc('XksProxyVpcEndpointServiceName')
  if (owner !== undefined) throw onlyForVpc('XksProxyVpcEndpointServiceOwner')
  return { vpcEndpointServiceName: undefined, vpcEndpointServiceOwner: undefined }
}

function needed<N extends keyof GivenProxy>(given: GivenProxy, name: N): NonNullable<GivenProxy[N]> {
  const value = given[name]
  if (value === undefined) throw validation(`${name} is required for this external key store.`)
  return value
}

const onlyForVpc = (name: string) =>
  validation(`${name} is valid only with the XksProxyConnectivity VPC_ENDPOINT_SERVICE.`)

/** The pattern of the model also has versions of the proxy API that do not exist. */
function checkPath(uriPath: string): void {
  if (!isXksUriPath(uriPath)) throw validation('XksProxyUriPath must end with /kms/xks/v1.')
}

/**
 * Refuses settings that another store has (API reference, "CreateCustomKeyStore", "Uniqueness requirements"). `others` are the other
 * stores of the account in the Region. Throws XksProxyUriInUseException, XksProxyUriEndpointInUseException and
 * XksProxyVpcEndpointServiceInUseException.
 */
export function checkUnique(settings: ProxySettings, others: readonly CustomKeyStore[]): void {
  const isVpc = settings.connectivity === 'VPC_ENDPOINT_SERVICE'
  const [inUse, byThe] = ['is already associated with', 'external key store'] as const
  for (const { customKeyStoreId, proxy } of others.filter(isExternalKeyStore)) {
    const used = `${inUse} the ${byThe} ${customKeyStoreId}.`
    const isSameHost = hostOf(proxy) === hostOf(settings)
    if (isSameHost && proxy.uriPath === settings.uriPath)
      throw new ServiceError(
        'XksProxyUriInUseException',
        `The XksProxyUriEndpoint with the XksProxyUriPath ${used}`,
      )
    if (isSameHost && (isVpc || proxy.connectivity === 'VPC_ENDPOINT_SERVICE'))
      throw new ServiceError('XksProxyUriEndpointInUseException', `The XksProxyUriEndpoint ${used}`)
    if (isVpc && proxy.vpcEndpointServiceName === settings.vpcEndpointServiceName)
      throw new ServiceError(
        'XksProxyVpcEndpointServiceInUseException',
        `The XksProxyVpcEndpointServiceName ${used}`,
      )
  }
}

/** Returns the host of an endpoint in the form that all its spellings share: in lower case, without the dot of the root. */
function hostOf({ uriEndpoint }: ProxySettings): string {
  const host = URL.parse(uriEndpoint)?.hostname ?? uriEndpoint.toLowerCase()
  return host.replace(/\.$/, '')
}

/** Returns the bytes of the secret access key of a request, which the caller wipes. Throws ValidationException. */
export function secretIn(given: GivenProxy): Buffer {
  return Buffer.from(needed(given, 'XksProxyAuthenticationCredential').RawSecretAccessKey)
}

/** Returns the credential of a request as it is stored for a custom key store: wrapped, and given now. Throws ValidationException. */
export function newCredential(
  hsm: Pick<Hsm, 'wrapSecret'>,
  store: Pick<CustomKeyStoreId, 'customKeyStoreId' | 'region'>,
  given: GivenProxy,
  now: Millis,
): Pick<XksProxy, 'wrappedSecret' | 'credentialSince'> {
  const secret = secretIn(given)
  try {
    return {
      wrappedSecret: hsm.wrapSecret(xksSecretName(store), secret, store.region),
      credentialSince: now,
    }
  } finally {
    secret.fill(0)
  }
}

/** Asks for the health of a proxy, and wipes the secret. Rejects with the exception of an operation on a custom key store. */
export async function askHealth(
  proxies: ExternalProxies,
  access: ProxyAccess,
  purpose: ProxyPurpose,
): Promise<void> {
  try {
    await proxies.checkHealth(access, purpose)
  } catch (error) {
    throw error instanceof XksFailure ? error.toServiceError('store') : error
  } finally {
    access.secret.fill(0)
  }
}
