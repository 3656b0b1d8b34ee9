import { writeFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import type { ExternalKeyStore } from '../src/domain/index.ts'
import { openProxyClient } from '../src/hsm/index.ts'
import { AddressRanges, OutboundPolicy, systemClock } from '../src/std/index.ts'
import { makeAuthority, makeServerCertificate } from '../test/fixtures/xks/certificates.ts'
import {
  leaveMeasuredCore,
  rounds,
  secondsPerRound,
  startServer,
  stop,
  withDataDirectory,
} from './machine.ts'
import { median, printHead, printRow } from './report.ts'

// The client of external key store proxies beside a bare client of node:https, against the same proxy. The bare client sends a request that
// was signed before, over kept connections, and reads the answer whole. Both are in this process, and the proxy is on a different core.

const concurrency = 32
const hostName = 'xks.example.test'
const serviceName = 'com.amazonaws.vpce.us-east-1.vpce-svc-0'
const scope = { accountId: '000000000000', region: 'us-east-1' }
const plaintext = Buffer.alloc(72, 7)
const associatedData = Buffer.alloc(120, 9)
const secret = 'a'.repeat(43)
const store: ExternalKeyStore = {
  ...{ ...scope, customKeyStoreId: 'cks-0', name: 'bench', createdAt: 0 },
  ...{ type: 'EXTERNAL_KEY_STORE' as const, connectionState: 'CONNECTED' as const },
  ...{ connectionErrorCode: undefined },
  proxy: {
    ...{
      connectivity: 'VPC_ENDPOINT_SERVICE' as const,
      uriEndpoint: `https://${hostName}`,
      uriPath: '/kms/xks/v1',
    },
    ...{ vpcEndpointServiceName: serviceName, vpcEndpointServiceOwner: undefined },
    ...{ accessKeyId: 'BENCHACCESSKEYID2345', wrappedSecret: Buffer.from(secret), credentialSince: 0 },
  },
}
const purpose = {
  ...{ principalArn: 'arn:aws:iam::000000000000:user/alice', operation: 'Encrypt' },
  ...{ requestId: '4112f4d6-db54-4af4-ae30-c55a22a8dfae', viaService: undefined },
  ...{ sourceVpc: undefined, sourceVpce: undefined },
}
const use = {
  ...{ scope, customKeyStoreId: store.customKeyStoreId, xksKeyId: 'key-1' },
  kmsKeyArn: 'arn:aws:kms:us-east-1:000000000000:key/00000000-0000-4000-8000-000000000001',
  requester: { accountId: scope.accountId, purpose },
}

interface Round {
  readonly perSecond: number
  readonly cpuMicros: number
  /** Calls that took longer than a proxy may. The bare client waits. */
  readonly failures: number
}

/** Makes calls for a while, always so many at a time. */
async function drive(call: () => Promise<unknown>, seconds: number): Promise<Round> {
  const start = performance.now()
  const before = process.cpuUsage()
  let [count, failures] = [0, 0]
  const again = async () => {
    while (performance.now() < start + seconds * 1000) {
      await call().then(
        () => count++,
        () => failures++,
      )
    }
  }
  await Promise.all(Array.from({ length: concurrency }, again))
  const { user, system } = process.cpuUsage(before)
  return {
    perSecond: (count * 1000) / (performance.now() - start),
    cpuMicros: (user + system) / count,
    failures,
  }
}

/** Returns a bare call with the body of a real one. */
function bareCall(ca: string, port: number): () => Promise<Buffer> {
  const agent = new Agent({ keepAlive: true, ca, servername: hostName, scheduling: 'lifo' })
  const body = JSON.stringify({
    requestMetadata: {
      ...{ awsPrincipalArn: purpose.principalArn, kmsKeyArn: use.kmsKeyArn },
      ...{ kmsOperation: purpose.operation, kmsRequestId: purpose.requestId },
    },
    additionalAuthenticatedData: associatedData.toString('base64'),
    plaintext: plaintext.toString('base64'),
    ...{ encryptionAlgorithm: 'AES_GCM', ciphertextDataIntegrityValueAlgorithm: 'SHA_256' },
  })
  const scopeText = '20261130/us-east-1/kms-xks-proxy/aws4_request'
  const headers = {
    ...{ host: hostName, 'x-amz-date': '20261130T000000Z', 'content-type': 'application/json' },
    'content-length': body.length,
    authorization: `AWS4-HMAC-SHA256 Credential=${store.proxy.accessKeyId}/${scopeText}, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`,
  }
  const path = '/kms/xks/v1/keys/key-1/encrypt'
  return () => {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
    const sent = request({ agent, host: '127.0.0.1', port, method: 'POST', path, headers }, response => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve(Buffer.concat(chunks)))
    })
    sent.on('error', reject)
    sent.end(body)
    return promise
  }
}

/** Measures the client of proxies beside a bare client. */
export async function measureXks(): Promise<void> {
  leaveMeasuredCore()
  await withDataDirectory(async directory => {
    const authority = makeAuthority('Bench authority')
    const { certificate, key } = makeServerCertificate(hostName, authority)
    const paths = [join(directory, 'certificate.pem'), join(directory, 'key.pem')] as const
    writeFileSync(paths[0], certificate)
    writeFileSync(paths[1], key)
    const proxy = await startServer(['bench/bare-xks-proxy.ts', ...paths], 'oneCore')
    const port = Number(new URL(proxy.url).port)
    const client = await openProxyClient({
      ...{ findStore: () => store, unwrapSecret: () => Buffer.from(secret), onFailure: () => {} },
      settings: {
        ...{ ca: authority.certificate, clientCertificate: undefined },
        vpcEndpointServices: new Map([[serviceName, { host: '127.0.0.1', port }]]),
      },
      outbound: new OutboundPolicy({ hosts: [], ranges: new AddressRanges() }),
      ...{ clock: systemClock, signingClock: systemClock },
    })
    const calls = {
      'node:https': bareCall(authority.certificate, port),
      client: () => client.encrypt(use, plaintext, associatedData),
    }
    const measured = { 'node:https': [] as Round[], client: [] as Round[] }
    for (const call of Object.values(calls)) await drive(call, 2)
    for (let round = 0; round < rounds; round++)
      for (const name of ['node:https', 'client'] as const)
        measured[name].push(await drive(calls[name], secondsPerRound))
    printHead('Encrypt', 'calls/s', 'CPU µs/call', 'too late', 'ratio of calls/s, of CPU')
    const ratio = (pick: (round: Round) => number) =>
      median(measured.client.map((own, i) => pick(own) / pick(measured['node:https'][i] as Round))).toFixed(2)
    for (const [name, all] of Object.entries(measured))
      printRow(
        name,
        median(all.map(({ perSecond }) => perSecond)).toFixed(0),
        median(all.map(({ cpuMicros }) => cpuMicros)).toFixed(0),
        String(all.reduce((sum, { failures }) => sum + failures, 0)),
        name === 'client'
          ? `${ratio(({ perSecond }) => perSecond)}, ${ratio(({ cpuMicros }) => cpuMicros)}`
          : '',
      )
    client.close()
    await stop(proxy)
  })
}
