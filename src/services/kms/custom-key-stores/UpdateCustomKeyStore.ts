import {
  type CustomKeyStore,
  ServiceError,
  validation,
  type XksProxy,
  xksSecretName,
} from '../../../domain/index.ts'
import type { Hsm } from '../../../hsm/index.ts'
import type { ResourceQuestion } from '../../../operation/index.ts'
import { type Infer, type Millis, required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { customKeyStoreIdType } from '../wire/shapes.ts'
import { askHealth, changedSettings, checkNameIsFree, checkUnique, secretIn } from './proxy-settings.ts'
import { clusterMembers, customKeyStoreNameType, type GivenProxy, proxyMembers } from './shapes.ts'
import { checkConnectionState, discloseStore, existing, storesOf } from './stores.ts'

const input = structure({
  CustomKeyStoreId: required(customKeyStoreIdType),
  NewCustomKeyStoreName: customKeyStoreNameType,
  ...clusterMembers,
  ...proxyMembers,
})
type Input = Infer<typeof input>

/** Changes the properties of an external key store. If the new settings do not work, the old ones stay. */
export const UpdateCustomKeyStore = operation({
  name: 'UpdateCustomKeyStore',
  effect: 'write',
  input,
  output: structure({}),
  touches: { found: onStoreAmongOthers },
  discloseFound: ({ found }) => discloseStore({ found: found?.store }),
  async prepare({ input: given, scope, caller, requestId, found, hsm, externalProxies }) {
    const before = existing(found.store)
    const settings = check(given, before, found.others)
    if (asksProxy(given, before, settings.connectivity)) {
      const { arn: principalArn } = caller.identity.principal
      const secret = hasCredential(given)
        ? secretIn(given)
        : hsm.unwrapSecret(xksSecretName(before), before.proxy.wrappedSecret)
      const access = { ...settings, ...scope, secret }
      await askHealth(externalProxies, access, { operation: 'UpdateCustomKeyStore', requestId, principalArn })
    }
    return { settings, before }
  },
  async handle({ input: given, now, hsm, store, found, prepared }) {
    const before = existing(found.store)
    check(given, before, found.others)
    if (!isAsBefore(before, prepared.before)) throw changedMeanwhile(before.customKeyStoreId)
    const { wrappedSecret, credentialSince } = hasCredential(given)
      ? newCredential(hsm, before, secretIn(given), now)
      : before.proxy
    await store.customKeyStores.update({
      ...before,
      name: given.NewCustomKeyStoreName ?? before.name,
      proxy: { ...prepared.settings, wrappedSecret, credentialSince },
    })
    return {}
  },
})

async function onStoreAmongOthers({ input: wanted, scope, store }: ResourceQuestion<Input>) {
  const all = await storesOf(store, scope)
  const isWanted = (item: CustomKeyStore) => item.customKeyStoreId === wanted.CustomKeyStoreId
  const found = { store: all.find(isWanted), others: all.filter(item => !isWanted(item)) }
  return { resources: [{ arn: '*' }], found }
}

/** Refuses an update that is not possible, and returns the settings of the proxy after it. */
function check(given: Input, before: CustomKeyStore, others: readonly CustomKeyStore[]) {
  for (const name of ['CloudHsmClusterId', 'KeyStorePassword'] as const)
    if (given[name] !== undefined) throw validation(`${name} is not valid for an external key store.`)
  if (given.NewCustomKeyStoreName === undefined && !changesProxy(given))
    throw validation('You must specify at least one property to change.')
  checkConnectionState(before, mayBeConnected(given) ? ['DISCONNECTED', 'CONNECTED'] : ['DISCONNECTED'])
  const settings = changedSettings(before.proxy, given, before.accountId)
  if (given.NewCustomKeyStoreName !== undefined) checkNameIsFree(given.NewCustomKeyStoreName, others)
  checkUnique(settings, others)
  return settings
}

const proxyNames = Object.keys(proxyMembers) as readonly (keyof GivenProxy)[]
const changesProxy = (given: Input) => proxyNames.some(name => given[name] !== undefined)

const hasCredential = (given: Input) => given.XksProxyAuthenticationCredential !== undefined

/** Wraps a new secret access key, and wipes it. */
function newCredential(hsm: Hsm, store: CustomKeyStore, secret: Buffer, now: Millis) {
  const wrappedSecret = hsm.wrapSecret(xksSecretName(store), secret, store.region)
  secret.fill(0)
  return { wrappedSecret, credentialSince: now }
}

/** The name, the credential and the path may change while the store is connected (API reference, "UpdateCustomKeyStore"). */
const mayBeConnected = (given: Input) =>
  given.XksProxyUriEndpoint === undefined &&
  given.XksProxyVpcEndpointServiceName === undefined &&
  given.XksProxyVpcEndpointServiceOwner === undefined &&
  given.XksProxyConnectivity === undefined

/** KMS asks a proxy with a public endpoint before the change, and any proxy of a store that is connected. */
const asksProxy = (given: Input, before: CustomKeyStore, connectivity: XksProxy['connectivity']) =>
  changesProxy(given) && (connectivity === 'PUBLIC_ENDPOINT' || before.connectionState === 'CONNECTED')

/** Whether a store is still as it was when the new settings were made from its old ones and tried. */
function isAsBefore({ proxy, connectionState }: CustomKeyStore, before: CustomKeyStore): boolean {
  const { wrappedSecret: _, ...settings } = proxy
  const names = Object.keys(settings) as (keyof typeof settings)[]
  return connectionState === before.connectionState && names.every(name => proxy[name] === before.proxy[name])
}

/** The text is ours: in AWS the later of two updates wins, unseen. */
const changedMeanwhile = (customKeyStoreId: string) =>
  new ServiceError(
    'CustomKeyStoreInvalidStateException',
    `The custom key store ${customKeyStoreId} was changed while its proxy was asked. Try again.`,
  )
