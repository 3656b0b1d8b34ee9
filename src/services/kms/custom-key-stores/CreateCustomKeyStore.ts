import {
  type CustomKeyStore,
  customKeyStoresMax,
  ServiceError,
  validation,
  xksSecretName,
} from '../../../domain/index.ts'
import { type Infer, randomBytes, required, structure } from '../../../std/index.ts'
import { unbuilt } from '../not-built.ts'
import { operation } from '../operation.ts'
import { customKeyStoreIdType } from '../wire/shapes.ts'
import {
  askHealth,
  checkNameIsFree,
  checkUnique,
  newSettings,
  type ProxySettings,
  secretIn,
} from './proxy-settings.ts'
import {
  clusterMembers,
  customKeyStoreNameType,
  customKeyStoreTypeType,
  proxyMembers,
  trustAnchorCertificateType,
} from './shapes.ts'
import { onAllStores } from './stores.ts'

const input = structure({
  CustomKeyStoreName: required(customKeyStoreNameType),
  ...clusterMembers,
  TrustAnchorCertificate: trustAnchorCertificateType,
  CustomKeyStoreType: customKeyStoreTypeType,
  ...proxyMembers,
})
type Input = Infer<typeof input>

const output = structure({ CustomKeyStoreId: customKeyStoreIdType })

/** Creates an external key store. A new store is DISCONNECTED. */
export const CreateCustomKeyStore = operation({
  name: 'CreateCustomKeyStore',
  effect: 'write',
  input,
  output,
  touches: { others: onAllStores },
  disclose: answer => ({ responseElements: output.disclose(answer) ?? null }),
  async prepare({ input: given, scope, caller, requestId, others, externalProxies }) {
    checkType(given)
    const settings = newSettings(given, scope.accountId)
    checkNew(given, settings, others)
    // KMS asks a proxy with a public endpoint now, and one behind a VPC endpoint service when the store is connected.
    if (settings.connectivity === 'PUBLIC_ENDPOINT') {
      const { arn: principalArn } = caller.identity.principal
      const access = { ...settings, ...scope, secret: secretIn(given) }
      await askHealth(externalProxies, access, { operation: 'CreateCustomKeyStore', requestId, principalArn })
    }
    return settings
  },
  async handle({ input: given, scope, now, hsm, store, prepared: settings, others }) {
    const { accountId, region } = scope
    checkNew(given, settings, others)
    const customKeyStoreId = `cks-${randomBytes(9).toString('hex').slice(0, 17)}`
    const secret = secretIn(given)
    const wrappedSecret = hsm.wrapSecret(xksSecretName({ customKeyStoreId }), secret, region)
    secret.fill(0)
    await store.customKeyStores.insert({
      ...{ accountId, region, customKeyStoreId },
      name: given.CustomKeyStoreName,
      type: 'EXTERNAL_KEY_STORE',
      createdAt: now,
      connectionState: 'DISCONNECTED',
      connectionErrorCode: undefined,
      proxy: { ...settings, wrappedSecret, credentialSince: now },
    })
    return { CustomKeyStoreId: customKeyStoreId }
  },
})

/** Refuses stores of CloudHSM, which is AWS's default, and members of theirs. */
function checkType({ CustomKeyStoreType: type = 'AWS_CLOUDHSM', ...given }: Input): void {
  if (type !== 'EXTERNAL_KEY_STORE') throw unbuilt(`CustomKeyStoreType ${type}`)
  const ofCluster = ['CloudHsmClusterId', 'KeyStorePassword', 'TrustAnchorCertificate'] as const
  for (const name of ofCluster)
    if (given[name] !== undefined)
      throw validation(`${name} is not valid with the CustomKeyStoreType EXTERNAL_KEY_STORE.`)
}

function checkNew(given: Input, settings: ProxySettings, others: readonly CustomKeyStore[]): void {
  checkNameIsFree(given.CustomKeyStoreName, others)
  checkUnique(settings, others)
  // The text has the form of AWS's texts about other quotas.
  if (others.length >= customKeyStoresMax)
    throw new ServiceError(
      'LimitExceededException',
      `Custom key stores quota for this account in this region is ${customKeyStoresMax}, current usage is ${others.length}.`,
    )
}
