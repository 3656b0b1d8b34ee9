import { type AddressInfo, createServer } from 'node:net'
import { SignatureV4 } from '@smithy/signature-v4'
import { Sha256 } from '../test/fixtures/clients.ts'
import { plaintextSizeBytes } from './bare-calls.ts'
import { drive, measure, type Round } from './load.ts'
import { leaveMeasuredCore, rounds, type Server, startKeyward, stop, withDataDirectory } from './machine.ts'
import { median, printHead, printRow } from './report.ts'
import { createKey, makeRequests } from './requests.ts'

// The cost of Encrypt through the external key store proxy, beside Encrypt of AWS KMS at the same server.

const connections = 32
const distinctRequests = 512
const plaintext = Buffer.alloc(plaintextSizeBytes, 1).toString('base64')
const credential = { accessKeyId: 'BENCHMARK2345EXAMPLE', secretAccessKey: 'a'.repeat(43) }
const uriPath = '/kms/xks/v1'

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise(done => server.close(done))
  return port
}

const settingOf = (port: number, keyId: string) =>
  JSON.stringify({
    ...{ port, credentials: [credential] },
    keys: [
      { externalKeyId: 'bench', keyId, principals: ['arn:aws:iam::*'], kmsKeys: ['*'], operations: ['*'] },
    ],
  })

/** Makes whole HTTP requests as AWS KMS sends them. */
async function makeProxyRequests(port: number, withIntegrity: boolean): Promise<Buffer[]> {
  const host = `127.0.0.1:${port}`
  const signer = new SignatureV4({
    ...{ credentials: credential, region: 'us-east-1', service: 'kms-xks-proxy', sha256: Sha256 },
    applyChecksum: false,
  })
  const requests: Buffer[] = []
  for (let index = 0; index < distinctRequests; index++) {
    const body = JSON.stringify({
      requestMetadata: {
        awsPrincipalArn: 'arn:aws:iam::123456789012:user/Alice',
        kmsKeyArn: 'arn:aws:kms:us-east-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab',
        kmsOperation: 'Encrypt',
        kmsRequestId: crypto.randomUUID(),
      },
      additionalAuthenticatedData: Buffer.from(`tenant=${index}`).toString('base64'),
      plaintext,
      encryptionAlgorithm: 'AES_GCM',
      ...(withIntegrity && { ciphertextDataIntegrityValueAlgorithm: 'SHA_256' }),
    })
    const path = `${uriPath}/keys/bench/encrypt`
    const { headers } = await signer.sign({
      ...{ method: 'POST', protocol: 'http:', hostname: '127.0.0.1', port, path, query: {}, body },
      headers: {
        host,
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(body)),
      },
    })
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    requests.push(Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`))
  }
  return requests
}

interface Contestant {
  readonly name: string
  readonly server: Server
  readonly requests: readonly Buffer[]
  readonly all: Round[]
}

function printContestants(contestants: readonly Contestant[]): void {
  const [kms] = contestants
  printHead('Encrypt', 'requests/s', 'p50 ms', 'p99 ms', 'CPU µs/request', 'ratio of requests/s, of CPU')
  for (const { name, all } of contestants) {
    const of = (pick: (round: Round) => number) => median(all.map(pick))
    const ratio = (pick: (round: Round, theirs: Round) => number) =>
      median(all.map((round, i) => pick(round, kms?.all[i] as Round))).toFixed(2)
    const speed = ratio((round, theirs) => round.requestsPerSecond / theirs.requestsPerSecond)
    const cpu = ratio((round, theirs) => theirs.cpuMicrosPerRequest / round.cpuMicrosPerRequest)
    printRow(
      name,
      of(round => round.requestsPerSecond).toFixed(0),
      of(round => round.p50Millis).toFixed(2),
      of(round => round.p99Millis).toFixed(2),
      of(round => round.cpuMicrosPerRequest).toFixed(1),
      `${speed}, ${cpu}`,
    )
  }
}

/** Measures Encrypt through the proxy and directly, alternately. */
export async function measureXksProxy(): Promise<void> {
  leaveMeasuredCore()
  await withDataDirectory(async dataDirectory => {
    const first = await startKeyward(dataDirectory, 'oneCore')
    const keyId = await createKey(first, {})
    await stop(first)
    const port = await freePort()
    const keyward = await startKeyward(dataDirectory, 'oneCore', ['--xks-proxy', settingOf(port, keyId)])
    const proxy = { ...keyward, url: `http://127.0.0.1:${port}` }
    const input = (index: number) => ({
      ...{ KeyId: keyId, Plaintext: plaintext },
      EncryptionContext: { tenant: String(index) },
    })
    const contestants: Contestant[] = [
      {
        ...{ name: 'AWS KMS', server: keyward, all: [] },
        requests: await makeRequests(keyward, 'Encrypt', input),
      },
      { name: 'proxy', server: proxy, requests: await makeProxyRequests(port, false), all: [] },
      {
        ...{ name: 'proxy, with an integrity value', server: proxy, all: [] },
        requests: await makeProxyRequests(port, true),
      },
    ]
    for (const { server, requests } of contestants)
      await drive({ url: server.url, requests, connections, seconds: 2 })
    for (let round = 0; round < rounds; round++)
      for (const { server, requests, all } of contestants)
        all.push(await measure(server, requests, connections))
    printContestants(contestants)
    await stop(keyward)
  })
}
