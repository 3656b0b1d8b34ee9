import type { KeyStoreFacts } from '../../../domain/index.ts'
import { randomBytes, required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { customKeyStoreIdType } from '../wire/shapes.ts'
import { newClusterStore, prepareNewClusterStore } from './cluster-store.ts'
import { newExternalStore, prepareNewExternalStore } from './external-store.ts'
import {
  clusterMembers,
  customKeyStoreNameType,
  customKeyStoreTypeType,
  proxyMembers,
  trustAnchorCertificateType,
} from './shapes.ts'
import { onAllStores, shownCluster } from './stores.ts'

const output = structure({ CustomKeyStoreId: customKeyStoreIdType })

/** Creates a custom key store. A new store is DISCONNECTED. */
export const CreateCustomKeyStore = operation({
  name: 'CreateCustomKeyStore',
  effect: 'write',
  input: structure({
    CustomKeyStoreName: required(customKeyStoreNameType),
    ...clusterMembers,
    TrustAnchorCertificate: trustAnchorCertificateType,
    CustomKeyStoreType: customKeyStoreTypeType,
    ...proxyMembers,
  }),
  output,
  touches: { others: onAllStores },
  record: { shown: shownCluster },
  disclose: answer => ({ responseElements: output.disclose(answer) ?? null }),
  async prepare({ input: given, scope, caller, requestId, others, ...tools }) {
    // AWS's default (API reference).
    if (given.CustomKeyStoreType !== 'EXTERNAL_KEY_STORE')
      return {
        type: 'AWS_CLOUDHSM' as const,
        seen: await prepareNewClusterStore(given, scope, others, tools),
      }
    const { arn: principalArn } = caller.identity.principal
    const purpose = { operation: 'CreateCustomKeyStore', requestId, principalArn }
    const { externalProxies } = tools
    return {
      type: given.CustomKeyStoreType,
      settings: await prepareNewExternalStore(given, scope, others, { externalProxies, purpose }),
    }
  },
  async handle({ input: given, scope, now, hsm, hsmClusters, store, prepared, others }) {
    const { accountId, region } = scope
    const facts: KeyStoreFacts = {
      ...{ accountId, region, name: given.CustomKeyStoreName, createdAt: now },
      customKeyStoreId: `cks-${randomBytes(9).toString('hex').slice(0, 17)}`,
      connectionState: 'DISCONNECTED',
      connectionErrorCode: undefined,
    }
    const made =
      prepared.type === 'AWS_CLOUDHSM'
        ? newClusterStore(given, prepared.seen, others, { facts, hsm, hsmClusters })
        : newExternalStore(given, prepared.settings, others, { facts, hsm })
    // A store with these properties may have been there.
    if (made.customKeyStoreId === facts.customKeyStoreId) await store.customKeyStores.insert(made)
    return { CustomKeyStoreId: made.customKeyStoreId }
  },
})
