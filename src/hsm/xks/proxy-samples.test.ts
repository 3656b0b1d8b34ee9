import { after } from 'node:test'
import { type StubProxy, startStubProxy } from '../../../test/fixtures/xks/stub-proxy.ts'
import type { StubProxyOptions } from '../../../test/fixtures/xks/stub-types.ts'
import { type ExternalKeyStore, type XksProxy, xksSecretName } from '../../domain/index.ts'
import { AddressRanges, OutboundPolicy, systemClock } from '../../std/index.ts'
import type { Requester } from '../requester.ts'
import { makeTestHsm } from '../samples.test.ts'
import type { ExternalUse } from './external-keys.ts'
import { ProxyClient, type ProxyClientOptions, type ReportedFailure } from './proxy-client.ts'

// No tests: the tests of the client share this file. The proxy was written from AWS's specification alone.

export const { hsm } = makeTestHsm()
export const scope = { accountId: '000000000000', region: 'us-east-1' }
export const serviceName = 'com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0'
export const customKeyStoreId = 'cks-1234567890abcdef0'
export const none = new OutboundPolicy({ hosts: [], ranges: new AddressRanges() })

/** Starts a proxy that ends after the tests of the file. */
export async function stub(options: StubProxyOptions = {}): Promise<StubProxy> {
  const proxy = await startStubProxy({ region: scope.region, ...options })
  after(() => proxy.stop())
  return proxy
}

/** A connected custom key store with the proxy. */
export function storeOf(
  proxy: StubProxy,
  changes: Partial<ExternalKeyStore> = {},
  proxyChanges: Partial<XksProxy> = {},
  secret = proxy.credential.secretAccessKey,
): ExternalKeyStore {
  const store = { ...scope, customKeyStoreId, ...changes }
  return {
    ...{ name: 'outside', type: 'EXTERNAL_KEY_STORE', createdAt: 0, connectionErrorCode: undefined },
    ...{ connectionState: 'CONNECTED', ...store },
    proxy: {
      connectivity: 'VPC_ENDPOINT_SERVICE',
      uriEndpoint: `https://${proxy.hostName}`,
      uriPath: proxy.uriPath,
      vpcEndpointServiceName: serviceName,
      vpcEndpointServiceOwner: undefined,
      accessKeyId: proxy.credential.accessKeyId,
      wrappedSecret: hsm.wrapSecret(xksSecretName(store), Buffer.from(secret), scope.region),
      credentialSince: 0,
      ...proxyChanges,
    },
  }
}

/** A client with one custom key store, which tests may replace, and the failures that it has reported. */
export interface TestClient {
  readonly client: ProxyClient
  readonly failures: ReportedFailure[]
  readonly stores: Map<string, ExternalKeyStore>
}

/** Opens a client that trusts the proxy's authority, and reaches the proxy by the name of an endpoint service. */
export function clientOf(
  proxy: StubProxy,
  options: Partial<ProxyClientOptions> = {},
  settings: Partial<ProxyClientOptions['settings']> = {},
): TestClient {
  const stores = new Map([[customKeyStoreId, storeOf(proxy)]])
  const failures: ReportedFailure[] = []
  const client = new ProxyClient({
    findStore: (_scope, id) => stores.get(id),
    unwrapSecret: (name, wrapped) => hsm.unwrapSecret(name, wrapped),
    settings: {
      ca: proxy.caPem,
      clientCertificate: undefined,
      vpcEndpointServices: new Map([[serviceName, { host: '127.0.0.1', port: proxy.port }]]),
      ...settings,
    },
    ...{ outbound: none, clock: systemClock, signingClock: systemClock },
    onFailure: failure => failures.push(failure),
    ...options,
  })
  after(() => client.close())
  return { client, failures, stores }
}

export const purpose = {
  principalArn: 'arn:aws:iam::000000000000:user/alice',
  operation: 'GenerateDataKey',
  requestId: '4112f4d6-db54-4af4-ae30-c55a22a8dfae',
  viaService: undefined,
  sourceVpc: undefined,
  sourceVpce: undefined,
}
export const requester: Requester = { accountId: scope.accountId, purpose }

/** A use of the proxy's key. */
export function useOf(changes: Partial<ExternalUse> = {}): ExternalUse {
  return {
    ...{ scope, customKeyStoreId, xksKeyId: 'stub-key-1', requester },
    kmsKeyArn: 'arn:aws:kms:us-east-1:000000000000:key/00000000-0000-4000-8000-000000000001',
    ...changes,
  }
}
