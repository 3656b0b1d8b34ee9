import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CustomKeyStoresListEntry } from '@aws-sdk/client-kms'
import {
  changedExternalStore,
  draftOf,
  type ExternalDraft,
  externalFaults,
  firstExternal,
  newExternalStore,
  pathOf,
  prefixOf,
} from './external-draft.ts'

// The limits are those of the AWS KMS API reference ("CreateCustomKeyStore", "XksProxyAuthenticationCredentialType").

const secret = 'dHVhbGl0eSBvZiB0aGUgYmF0dGVyeSBzdGFwbGUgMTIzNDU2'
const good: ExternalDraft = {
  ...{ name: 'ExampleExternalKeyStore', connectivity: 'VPC_ENDPOINT_SERVICE', serviceOwner: '' },
  serviceName: 'com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0',
  ...{ endpoint: 'https://myproxy-private.xks.example.com', pathPrefix: '/example-prefix' },
  ...{ accessKeyId: 'KWXKSPROXY2345EXAMPLE', secret },
}
const store: CustomKeyStoresListEntry = {
  ...{ CustomKeyStoreId: 'cks-1234567890abcdef0', CustomKeyStoreName: good.name },
  XksProxyConfiguration: {
    ...{ Connectivity: 'VPC_ENDPOINT_SERVICE', AccessKeyId: good.accessKeyId, UriEndpoint: good.endpoint },
    ...{ UriPath: '/example-prefix/kms/xks/v1', VpcEndpointServiceName: good.serviceName },
    VpcEndpointServiceOwner: '111122223333',
  },
}

test('the end of the path is added, and a whole path stays', () => {
  const paths = { '': '/kms/xks/v1', '/a/b': '/a/b/kms/xks/v1', 'a/': '/a/kms/xks/v1' }
  for (const [prefix, path] of Object.entries(paths)) assert.equal(pathOf(prefix), path)
  assert.equal(pathOf('/a/kms/xks/v2'), '/a/kms/xks/v2')
  for (const path of ['/kms/xks/v1', '/a/kms/xks/v1', '/a/kms/xks/v12'])
    assert.equal(pathOf(prefixOf(path)), path)
})

test('a good store has no faults, and each bad value has one of its own', () => {
  assert.deepEqual(externalFaults(good), {})
  assert.deepEqual(externalFaults({ ...good, endpoint: 'https://a.b', serviceOwner: '111122223333' }), {})
  const bad: Readonly<Partial<Record<keyof ExternalDraft, readonly string[]>>> = {
    name: ['', 'x'.repeat(257)],
    endpoint: [
      ...['', 'http://proxy.example.com', 'https://proxy.example.com:443', 'https://proxy.example.com/a'],
      ...['https://', `https://${'a'.repeat(121)}`],
    ],
    pathPrefix: ['/a b', '/ä', `/${'a'.repeat(117)}`, '//?'],
    serviceName: [
      '',
      'com.amazonaws.vpce.vpce-svc-1',
      `com.amazonaws.vpce.us-east-1.vpce-svc-${'0'.repeat(27)}`,
    ],
    serviceOwner: ['11112222333', 'a11122223333'],
    accessKeyId: ['', 'A'.repeat(19), 'A'.repeat(31), `${'A'.repeat(19)}1`, `${'A'.repeat(19)}a`],
    secret: ['', 'a'.repeat(42), 'a'.repeat(65), `${'a'.repeat(42)}-`],
  }
  for (const [name, values] of Object.entries(bad))
    for (const value of values)
      assert.deepEqual(Object.keys(externalFaults({ ...good, [name]: value })), [name], `${name} ${value}`)
})

test('a public endpoint has no VPC endpoint service', () => {
  const draft = { ...good, connectivity: 'PUBLIC_ENDPOINT', serviceName: '' } as const
  assert.deepEqual(externalFaults(draft), {})
  assert.deepEqual(newExternalStore(draft), {
    ...{ CustomKeyStoreName: good.name, CustomKeyStoreType: 'EXTERNAL_KEY_STORE' },
    ...{ XksProxyConnectivity: 'PUBLIC_ENDPOINT', XksProxyUriEndpoint: good.endpoint },
    XksProxyUriPath: '/example-prefix/kms/xks/v1',
    XksProxyAuthenticationCredential: { AccessKeyId: good.accessKeyId, RawSecretAccessKey: secret },
  })
  const { XksProxyVpcEndpointServiceName: name } = newExternalStore(good)
  assert.equal(name, good.serviceName)
  assert.equal(Object.keys(externalFaults(firstExternal)).join(), 'name,endpoint,accessKeyId,secret')
})

test('a change has only the members that differ', () => {
  const before = draftOf(store)
  const of = (change: Partial<ExternalDraft>) => {
    const input = changedExternalStore({ ...before, ...change }, store)
    if (input === undefined) return undefined
    const { CustomKeyStoreId, ...rest } = input
    assert.equal(CustomKeyStoreId, store.CustomKeyStoreId)
    return rest
  }
  assert.equal(of({}), undefined)
  assert.equal(of({ pathPrefix: '/example-prefix/' }), undefined)
  assert.deepEqual(of({ name: 'x' }), { NewCustomKeyStoreName: 'x' })
  assert.deepEqual(of({ pathPrefix: 'other' }), { XksProxyUriPath: '/other/kms/xks/v1' })
  assert.deepEqual(of({ secret }), {
    XksProxyAuthenticationCredential: { AccessKeyId: good.accessKeyId, RawSecretAccessKey: secret },
  })
  assert.deepEqual(of({ serviceName: 'other' }), {
    ...{ XksProxyVpcEndpointServiceName: 'other', XksProxyVpcEndpointServiceOwner: '111122223333' },
  })
  assert.deepEqual(of({ connectivity: 'PUBLIC_ENDPOINT' }), {
    ...{ XksProxyConnectivity: 'PUBLIC_ENDPOINT', XksProxyUriEndpoint: good.endpoint },
  })
})

test('a store keeps its secret unless its credential changes', () => {
  const before = draftOf(store)
  assert.equal(before.secret, '')
  assert.deepEqual(externalFaults(before, store), {})
  assert.deepEqual(Object.keys(externalFaults({ ...before, accessKeyId: 'B'.repeat(20) }, store)), ['secret'])
  assert.deepEqual(Object.keys(externalFaults({ ...before, secret: 'short' }, store)), ['secret'])
})
