import { type CustomKeyStore, isClusterKeyStore } from '../../../domain/index.ts'
import type { ResourceQuestion } from '../../../operation/index.ts'
import { type Infer, required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { customKeyStoreIdType } from '../wire/shapes.ts'
import { changedClusterStore, prepareClusterChange } from './cluster-store.ts'
import { changedExternalStore, prepareExternalChange } from './external-store.ts'
import { clusterMembers, customKeyStoreNameType, proxyMembers } from './shapes.ts'
import {
  changedMeanwhile,
  discloseStore,
  existing,
  type OtherStores,
  shownCluster,
  storesAround,
} from './stores.ts'

const input = structure({
  CustomKeyStoreId: required(customKeyStoreIdType),
  NewCustomKeyStoreName: customKeyStoreNameType,
  ...clusterMembers,
  ...proxyMembers,
})
type Input = Infer<typeof input>

/** Changes the properties of a custom key store. If new settings of a proxy do not work, the old ones stay. */
export const UpdateCustomKeyStore = operation({
  name: 'UpdateCustomKeyStore',
  effect: 'write',
  input,
  output: structure({}),
  touches: { found: onStoreAmongOthers },
  record: { shown: shownCluster },
  discloseFound: ({ found }) => discloseStore({ found: found?.store }),
  async prepare({ input: given, caller, requestId, found: { store, others }, ...tools }) {
    const before = existing(store)
    if (isClusterKeyStore(before))
      return { type: before.type, seen: await prepareClusterChange(given, before, others, tools) }
    const { arn: principalArn } = caller.identity.principal
    const purpose = { operation: 'UpdateCustomKeyStore', requestId, principalArn }
    const { hsm, externalProxies } = tools
    return {
      type: before.type,
      tried: await prepareExternalChange(given, before, others, { hsm, externalProxies, purpose }),
    }
  },
  async handle({ input: given, now, hsm, hsmClusters, store, found, prepared }) {
    const before = existing(found.store)
    const { others } = found
    if (isClusterKeyStore(before)) {
      if (prepared.type !== 'AWS_CLOUDHSM') throw changedMeanwhile(before.customKeyStoreId)
      const changed = changedClusterStore(given, before, others, { seen: prepared.seen, hsm })
      await store.customKeyStores.update(changed)
      // The HSMs have a password that was never tried.
      if (given.KeyStorePassword !== undefined)
        hsmClusters.forgetLogins(before.region, changed.cluster.cloudHsmClusterId)
      return {}
    }
    if (prepared.type !== 'EXTERNAL_KEY_STORE') throw changedMeanwhile(before.customKeyStoreId)
    const { tried } = prepared
    await store.customKeyStores.update(changedExternalStore(given, before, others, { tried, hsm, now }))
    return {}
  },
})

async function onStoreAmongOthers({ input: wanted, scope, store }: ResourceQuestion<Input>) {
  const all = await storesAround(store, scope)
  const isOther = (item: CustomKeyStore) => item.customKeyStoreId !== wanted.CustomKeyStoreId
  const others: OtherStores = { own: all.own.filter(isOther), inClusters: all.inClusters.filter(isOther) }
  return { resources: [{ arn: '*' }], found: { store: all.own.find(item => !isOther(item)), others } }
}
