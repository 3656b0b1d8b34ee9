import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import {
  endpointNames,
  type NamedVpc,
  openCertificates,
  openNetworkCertificates,
} from '../../../src/app/parts/listeners/certificates.ts'
import { temporaryDirectory, temporaryFile } from '../../fixtures/keyward-process.ts'
import { madeWithOpenssl, skipWithoutOpenssl } from '../../fixtures/tls/openssl-certificates.ts'

const vpc: NamedVpc = {
  ...{ vpcId: 'vpc-1a2b3c4d', region: 'us-east-1', cidr: '10.20.0.0/16', ipv6Cidr: 'fd00:20::/56' },
  subnets: [
    { subnetId: 'subnet-1a2b3c4d', zone: 'us-east-1a', addresses: ['10.20.1.5'] },
    { subnetId: 'subnet-5e6f7a8b', zone: 'us-east-1b', addresses: ['10.20.2.5', 'fd00:20::5'] },
  ],
}

/** The names of the endpoints of STS. */
const ofSts =
  'DNS:sts.us-east-1.amazonaws.com,DNS:sts.us-east-1.vpce.amazonaws.com,DNS:*.sts.us-east-1.vpce.amazonaws.com'

/** Opens certificates as a start with these files does. */
function opened(directory: string, certificatePaths?: { certificate: string; key: string }) {
  const logged: string[] = []
  const log = { info: () => undefined, warn: (message: string) => logged.push(message) }
  const base = {
    config: { certificatePaths, host: '127.0.0.1', tlsNames: [] },
    log,
    cleanup: { add: () => undefined },
  }
  return { base: base as never, directory: { tls: directory } as never, logged }
}

describe('the certificate of the endpoints of a network', () => {
  // The names are those of the AWS PrivateLink guide, "DNS hostnames", of the AWS KMS developer guide and of the AWS General Reference,
  // "AWS Security Token Service endpoints".
  test('has its addresses, the names of its endpoints and those of private DNS', async () => {
    const { required, permits } = endpointNames(vpc)
    assert.deepEqual(required, [
      ...['kms.us-east-1.amazonaws.com', 'sts.us-east-1.amazonaws.com'],
      ...['kms.us-east-1.vpce.amazonaws.com', '*.kms.us-east-1.vpce.amazonaws.com'],
      ...['sts.us-east-1.vpce.amazonaws.com', '*.sts.us-east-1.vpce.amazonaws.com'],
      '*.ec2.us-east-1.vpce.amazonaws.com',
      ...['10.20.1.5', '10.20.2.5', 'fd00:20::5'],
    ])
    assert.deepEqual(permits?.slice(-2), ['10.20.0.0/16', 'fd00:20::/56'])
    const china = endpointNames({ ...vpc, region: 'cn-north-1', ipv6Cidr: undefined })
    assert.deepEqual(china.required.slice(0, 2), [
      'kms.cn-north-1.amazonaws.com.cn',
      'sts.cn-north-1.amazonaws.com.cn',
    ])
    assert.deepEqual(china.permits?.slice(-1), ['10.20.0.0/16'])
  })

  test('is for no name of the public listener, and the other way round', async () => {
    const { base, directory } = opened(join(temporaryDirectory(), 'tls'))
    const own = await openCertificates(base, directory)
    const network = await openNetworkCertificates(base, directory, vpc)
    for (const source of [own, network]) source.close()
    const [ofOwn, ofNetwork] = [own, network].map(({ current }) => new X509Certificate(current.chain))
    for (const name of ['localhost', '127.0.0.1']) assert.ok(!ofNetwork?.subjectAltName?.includes(name), name)
    for (const name of ['amazonaws', '10.20.']) assert.ok(!ofOwn?.subjectAltName?.includes(name), name)
    const host = 'vpce-0295a3caf8414c94a-dfm9tr04-us-east-1a.kms.us-east-1.vpce.amazonaws.com'
    assert.equal(ofNetwork?.checkHost(host), '*.kms.us-east-1.vpce.amazonaws.com')
    assert.equal(ofNetwork?.checkIP('fd00:20::5'), 'fd00:20::5')
  })

  test('may be of the operator’s files, with a warning about names that they lack', {
    skip: skipWithoutOpenssl,
  }, async () => {
    for (const [altName, lacking] of [
      [
        `DNS:*.kms.us-east-1.vpce.amazonaws.com,${ofSts},IP:10.20.1.5,IP:10.20.2.5,IP:fd00:20::5`,
        /: clients cannot use kms\.us-east-1\.amazonaws\.com, kms\.us-east-1\.vpce\.amazonaws\.com, \*\.ec2\.us-east-1\.vpce\.amazonaws\.com$/,
      ],
      [
        `DNS:kms.us-east-1.amazonaws.com,DNS:kms.us-east-1.vpce.amazonaws.com,DNS:*.kms.us-east-1.vpce.amazonaws.com,${ofSts},DNS:*.ec2.us-east-1.vpce.amazonaws.com,IP:10.20.1.5,IP:10.20.2.5,IP:fd00:20::5`,
        undefined,
      ],
    ] as const) {
      const { certificate, key } = madeWithOpenssl({ altName })
      const paths = {
        certificate: temporaryFile('cert.pem', certificate),
        key: temporaryFile('key.pem', key),
      }
      const { base, directory, logged } = opened(join(temporaryDirectory(), 'tls'), paths)
      const source = await openNetworkCertificates(base, directory, vpc)
      source.close()
      assert.equal(source.current.chain.trim(), readFileSync(paths.certificate, 'utf8').trim())
      assert.equal(logged.length, lacking === undefined ? 0 : 1)
      if (lacking !== undefined) assert.match(logged[0] ?? '', lacking)
    }
  })
})
