import {
  type CustomKeyStore,
  type ExternalKeyStore,
  type ExternalProxies,
  type KeyStoreFacts,
  type ProxyAccess,
  type ProxyPurpose,
  type Scope,
  validation,
  type XksProxy,
  xksSecretName,
} from '../../../domain/index.ts'
import type { Hsm } from '../../../hsm/index.ts'
import type { Millis } from '../../../std/index.ts'
import {
  askHealth,
  changedSettings,
  checkUnique,
  newCredential,
  newSettings,
  type ProxySettings,
  secretIn,
} from './proxy-settings.ts'
import { type GivenChange, type GivenStore, proxyNames } from './shapes.ts'
import {
  changedMeanwhile,
  checkConnectionState,
  checkNameIsFree,
  checkStoreQuota,
  type OtherStores,
} from './stores.ts'

// The parts of CreateCustomKeyStore and UpdateCustomKeyStore that are about external key stores.

interface Proxies {
  readonly externalProxies: ExternalProxies
  readonly purpose: ProxyPurpose
}

/** Checks a new store, and asks its proxy if it has a public endpoint. Resolves to the settings of the proxy. */
export async function prepareNewExternalStore(
  given: GivenStore,
  scope: Scope,
  others: OtherStores,
  proxies: Proxies,
): Promise<ProxySettings> {
  for (const name of ['CloudHsmClusterId', 'KeyStorePassword', 'TrustAnchorCertificate'] as const)
    if (given[name] !== undefined)
      throw validation(`${name} is not valid with the CustomKeyStoreType EXTERNAL_KEY_STORE.`)
  const settings = newSettings(given, scope.accountId)
  checkNew(given, settings, others)
  // KMS asks a proxy with a public endpoint now, and one behind a VPC endpoint service when the store is connected.
  if (settings.connectivity === 'PUBLIC_ENDPOINT')
    await ask(proxies, { ...settings, ...scope, secret: secretIn(given) })
  return settings
}

/** Returns a new store. */
export function newExternalStore(
  given: GivenStore,
  settings: ProxySettings,
  others: OtherStores,
  { facts, hsm }: { readonly facts: KeyStoreFacts; readonly hsm: Hsm },
): ExternalKeyStore {
  checkNew(given, settings, others)
  return {
    ...facts,
    type: 'EXTERNAL_KEY_STORE',
    proxy: { ...settings, ...newCredential(hsm, facts, given, facts.createdAt) },
  }
}

function checkNew(given: GivenStore, settings: ProxySettings, others: OtherStores): void {
  checkNameIsFree(given.CustomKeyStoreName, others)
  checkUnique(settings, others.own)
  checkStoreQuota(others)
}

/** An update whose settings were tried. */
export interface TriedChange {
  readonly before: ExternalKeyStore
  readonly settings: ProxySettings
}

/** Checks an update, and asks the proxy where KMS does. */
export async function prepareExternalChange(
  given: GivenChange,
  before: ExternalKeyStore,
  others: OtherStores,
  { hsm, ...proxies }: Proxies & { readonly hsm: Hsm },
): Promise<TriedChange> {
  const settings = checkChange(given, before, others)
  if (asksProxy(given, before, settings.connectivity)) {
    const secret = hasCredential(given)
      ? secretIn(given)
      : hsm.unwrapSecret(xksSecretName(before), before.proxy.wrappedSecret)
    const { accountId, region, customKeyStoreId } = before
    await ask(proxies, { ...settings, accountId, region, customKeyStoreId, secret })
  }
  return { before, settings }
}

/** Returns a store after an update. */
export function changedExternalStore(
  given: GivenChange,
  before: ExternalKeyStore,
  others: OtherStores,
  { tried, hsm, now }: { readonly tried: TriedChange; readonly hsm: Hsm; readonly now: Millis },
): CustomKeyStore {
  checkChange(given, before, others)
  if (!isAsBefore(before, tried.before)) throw changedMeanwhile(before.customKeyStoreId)
  const { wrappedSecret, credentialSince } = hasCredential(given)
    ? newCredential(hsm, before, given, now)
    : before.proxy
  return {
    ...before,
    name: given.NewCustomKeyStoreName ?? before.name,
    proxy: { ...tried.settings, wrappedSecret, credentialSince },
  }
}

/** Refuses an update that is not possible, and returns the settings of the proxy after it. */
function checkChange(given: GivenChange, before: ExternalKeyStore, others: OtherStores): ProxySettings {
  for (const name of ['CloudHsmClusterId', 'KeyStorePassword'] as const)
    if (given[name] !== undefined) throw validation(`${name} is not valid for an external key store.`)
  if (given.NewCustomKeyStoreName === undefined && !changesProxy(given))
    throw validation('You must specify at least one property to change.')
  checkConnectionState(before, mayBeConnected(given) ? ['DISCONNECTED', 'CONNECTED'] : ['DISCONNECTED'])
  const settings = changedSettings(before.proxy, given, before.accountId)
  if (given.NewCustomKeyStoreName !== undefined) checkNameIsFree(given.NewCustomKeyStoreName, others)
  checkUnique(settings, others.own)
  return settings
}

const ask = ({ externalProxies, purpose }: Proxies, access: ProxyAccess) =>
  askHealth(externalProxies, access, purpose)

const changesProxy = (given: GivenChange) => proxyNames.some(name => given[name] !== undefined)

const hasCredential = (given: GivenChange) => given.XksProxyAuthenticationCredential !== undefined

/** The name, the credential and the path may change while the store is connected (API reference, "UpdateCustomKeyStore"). */
const mayBeConnected = (given: GivenChange) =>
  given.XksProxyUriEndpoint === undefined &&
  given.XksProxyVpcEndpointServiceName === undefined &&
  given.XksProxyVpcEndpointServiceOwner === undefined &&
  given.XksProxyConnectivity === undefined

/** KMS asks a proxy with a public endpoint before the change, and any proxy of a store that is connected. */
const asksProxy = (given: GivenChange, before: ExternalKeyStore, connectivity: XksProxy['connectivity']) =>
  changesProxy(given) && (connectivity === 'PUBLIC_ENDPOINT' || before.connectionState === 'CONNECTED')

/** Whether a store is still as it was when the new settings were made from its old ones and tried. */
function isAsBefore({ proxy, connectionState }: ExternalKeyStore, before: ExternalKeyStore): boolean {
  const { wrappedSecret: _, ...settings } = proxy
  const names = Object.keys(settings) as (keyof typeof settings)[]
  return connectionState === before.connectionState && names.every(name => proxy[name] === before.proxy[name])
}
