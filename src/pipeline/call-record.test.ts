import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Principal, TlsDetails } from '../domain/index.ts'
import type { Caller, Endpoint } from '../operation/index.ts'
import { type RecordedCall, renderCall } from './call-record.ts'

const principal: Principal = {
  type: 'IAMUser',
  accountId: '111122223333',
  arn: 'arn:aws:iam::111122223333:user/ann',
  principalId: 'AIDA1',
  userName: 'ann',
}

const endpoint = { vpceId: 'vpce-1', accountId: '444455556666' } as Endpoint

function tlsDetailsOf(service: Caller['service'], tlsDetails: TlsDetails | undefined): unknown {
  return recordOf(service, tlsDetails)['tlsDetails']
}

function recordOf(service: Caller['service'], tlsDetails?: TlsDetails): Record<string, unknown> {
  const scope = { accountId: '111122223333', region: 'us-east-1' }
  const call = {
    call: {
      service: { eventSource: 'kms.amazonaws.com' },
      operation: { name: 'ListKeys', effect: 'read', input: { disclose: () => ({}) } },
      sourceIpAddress: '192.0.2.1',
      ...{ tlsDetails, endpoint },
    },
    ...{ requestId: 'r', endedAt: 0, found: [], touched: {}, resources: [] },
    caller: { identity: { principal, session: undefined }, scope, accessKeyId: 'AKIA1', service },
  } as unknown as RecordedCall
  return JSON.parse(renderCall(call, 'e', scope.accountId))
}

test('the record of a call has the details of its own connection, and not those of an earlier one', () => {
  const connection = { tlsVersion: 'TLSv1.2', cipherSuite: 'ECDHE-ECDSA-AES128-GCM-SHA256' }
  const hybrid = {
    tlsVersion: 'TLSv1.3',
    cipherSuite: 'TLS_AES_256_GCM_SHA384',
    keyExchange: 'X25519MLKEM768',
  }
  const older = { ...connection, keyExchange: undefined }
  const calls: [details: TlsDetails | undefined, recorded: object | undefined][] = [
    [
      { connection: hybrid, clientProvidedHostHeader: 'a' },
      { ...hybrid, clientProvidedHostHeader: 'a' },
    ],
    [
      { connection: hybrid, clientProvidedHostHeader: 'a' },
      { ...hybrid, clientProvidedHostHeader: 'a' },
    ],
    [
      { connection: hybrid, clientProvidedHostHeader: '"' },
      { ...hybrid, clientProvidedHostHeader: '"' },
    ],
    [{ connection: hybrid, clientProvidedHostHeader: undefined }, hybrid],
    [
      { connection: older, clientProvidedHostHeader: 'a' },
      { ...connection, clientProvidedHostHeader: 'a' },
    ],
    [undefined, undefined],
  ]
  for (const [details, recorded] of calls) assert.deepEqual(tlsDetailsOf(undefined, details), recorded)
})

const service = {
  name: 's3.amazonaws.com',
  isOnBehalf: true,
  sourceArn: undefined,
  sourceAccount: undefined,
}

test('the record of a call of a service has no details, because they are not those of the client', () => {
  const connection = { tlsVersion: 'TLSv1.3', cipherSuite: 'TLS_AES_256_GCM_SHA384', keyExchange: 'x25519' }
  assert.equal(tlsDetailsOf(service, { connection, clientProvidedHostHeader: 'a' }), undefined)
})

test('the record of a call of a service names no endpoint, because the network is not that of the client', () => {
  const named = { vpcEndpointId: 'vpce-1', vpcEndpointAccountId: '444455556666' }
  assert.partialDeepStrictEqual(recordOf(undefined), named)
  const ofService = recordOf(service)
  for (const name of Object.keys(named)) assert.equal(name in ofService, false)
})
