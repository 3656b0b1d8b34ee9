import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { type AddressInfo, isIP } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createServer, type Server } from 'node:tls'
import { endpointNames } from '../../../src/app/parts/listeners/certificates.ts'
import { systemClock } from '../../../src/std/index.ts'
import { CertificateSource, type WantedNames, wantedNames } from '../../../src/tls/index.ts'
import { temporaryDirectory, temporaryFile } from '../../fixtures/keyward-process.ts'
import {
  type CertificateRequest,
  type MadeCertificate,
  madeWithOpenssl,
  skipWithoutOpenssl,
} from '../../fixtures/tls/openssl-certificates.ts'
import { type TlsTarget, tlsClients } from '../../fixtures/tls/tls-clients.ts'

// A client that trusts ca.pem must take the server's own certificate, and no certificate for a different site, even if somebody
// has stolen the key of the CA. openssl plays the thief.

const directory = join(temporaryDirectory(), 'tls')

/** Opens the CA of the server, or of a network, and returns it with what a thief has. */
async function openAuthority(names: WantedNames, network?: string) {
  const source = await CertificateSource.open({
    files: undefined,
    ...{ directory, names },
    ...(network && { network }),
    clock: systemClock,
    log: { info: () => undefined, warn: () => undefined },
    every: () => () => undefined,
  })
  const { chain, key, caPath = '' } = source.current
  const issuing = chain.slice(chain.indexOf('-----END') + 26)
  const issuerPath = caPath.replace(/ca(?=[^/]*$)/, 'issuer')
  const stolen: MadeCertificate = { certificate: issuing, key: readFileSync(issuerPath, 'utf8') }
  return { chain, key, caPath, issuing, stolen }
}

const forServers = ['extendedKeyUsage=serverAuth']

type Forgery = CertificateRequest & { readonly host: string }
/** A certificate for one site. */
const ofSite = (host: string): Forgery => ({ host, altName: `${isIP(host) === 0 ? 'DNS' : 'IP'}:${host}` })

const ownNames = wantedNames('127.0.0.1', ['example.com', '10.1.2.3'], 'dev')
const vpc = {
  vpcId: 'vpc-1a2b3c4d',
  region: 'us-east-1',
  ...{ cidr: '10.20.0.0/15', ipv6Cidr: 'fd00:20::/57' },
  subnets: [{ subnetId: 'subnet-1a2b3c4d', zone: 'us-east-1a', addresses: ['10.20.1.5', 'fd00:20::5'] }],
}
const ipv4Vpc = {
  ...{ vpcId: 'vpc-5e6f7a8b', region: 'us-east-1', cidr: '10.30.0.0/16', ipv6Cidr: undefined },
  subnets: [{ subnetId: 'subnet-5e6f7a8b', zone: 'us-east-1a', addresses: ['10.30.1.5'] }],
}
const endpointDns = [
  'kms.us-east-1.amazonaws.com',
  'kms.us-east-1.vpce.amazonaws.com',
  'vpce-0295a3caf8414c94a-dfm9tr04.kms.us-east-1.vpce.amazonaws.com',
  'sts.us-east-1.amazonaws.com',
  'vpce-0295a3caf8414c94a-dfm9tr04.sts.us-east-1.vpce.amazonaws.com',
  'vpce-0295a3caf8414c94a-us-east-1a.ec2.us-east-1.vpce.amazonaws.com',
]

/** CAs, each with the hosts that its certificate is for, and with the certificates that a thief would want, each with its site. */
const cases = [
  {
    owner: 'the server',
    ...(await openAuthority(ownNames)),
    hosts: [...ownNames.required, ...ownNames.optional],
    added: ['x.example.com'].map(ofSite),
    forgeries: [
      ...['evil.example', 'notexample.com', '10.1.2.4', '2001:db8::1'].map(ofSite),
      // The machine is called dev, which is a top-level domain, too.
      { host: 'x.dev', altName: 'DNS:x.dev' },
      { host: 'y.dev', altName: 'DNS:*.dev' },
      { host: 'x.evil.example', altName: 'DNS:*.evil.example' },
      { host: 'localhost', altName: 'DNS:localhost,DNS:evil.example' },
      { host: 'evil.example', altName: '', commonName: 'evil.example' },
    ],
  },
  {
    owner: 'a network',
    ...(await openAuthority(endpointNames(vpc), vpc.vpcId)),
    hosts: [...endpointDns, '10.20.1.5', 'fd00:20::5'],
    // The first and the last address of each range need no new CA.
    added: ['10.20.0.0', '10.21.255.255', 'fd00:20::', 'fd00:20:0:7f:ffff:ffff:ffff:ffff'].map(ofSite),
    forgeries: [
      ...['10.19.255.255', '10.22.0.0', '127.0.0.1', 'fd00:20:0:80::', 'fd00:1f:ffff:ffff::1', '::1'].map(
        ofSite,
      ),
      ...['iam.amazonaws.com', 'kms.us-east-2.amazonaws.com', 'ec2.us-east-1.amazonaws.com', 'localhost'].map(
        ofSite,
      ),
      { host: 'iam.us-east-1.amazonaws.com', altName: 'DNS:*.us-east-1.amazonaws.com' },
      { host: 'x.ssm.us-east-1.vpce.amazonaws.com', altName: 'DNS:*.ssm.us-east-1.vpce.amazonaws.com' },
      ...['sts.us-east-2.amazonaws.com', 'sts.amazonaws.com'].map(ofSite),
    ],
  },
  {
    owner: 'a network without IPv6',
    ...(await openAuthority(endpointNames(ipv4Vpc), ipv4Vpc.vpcId)),
    hosts: ['kms.us-east-1.amazonaws.com', '10.30.1.5'],
    added: ['10.30.0.0'].map(ofSite),
    forgeries: ['fd00:20::5', '::1', '::ffff:10.30.1.5', '10.31.0.0'].map(ofSite),
  },
]

/** A certificate for a host, from a CA that the stolen key has made. */
function madeBelow(stolen: MadeCertificate, host: string): MadeCertificate {
  const extensions = ['basicConstraints=critical,CA:true', 'keyUsage=keyCertSign']
  const issuer = madeWithOpenssl({ issuer: stolen, extensions, altName: '' })
  const { certificate, key } = madeWithOpenssl({ ...ofSite(host), issuer, extensions: forServers })
  return { certificate: certificate + issuer.certificate, key }
}

const servers: Server[] = []
after(() => {
  for (const server of servers) server.close()
})

/** Serves a certificate and returns the port. */
async function serve(cert: string, key: string): Promise<number> {
  const server = createServer({ cert, key }, socket => socket.on('error', () => undefined).end())
  // A client that refuses the certificate breaks off.
  server.on('tlsClientError', () => undefined)
  servers.push(server)
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  return (server.address() as AddressInfo).port
}

/** Serves what a thief makes with the key of a CA. */
async function serveForged(
  issuing: string,
  made: readonly (MadeCertificate & { readonly host: string })[],
): Promise<TlsTarget[]> {
  return await Promise.all(
    made.map(async ({ host, certificate, key }) => ({ host, port: await serve(certificate + issuing, key) })),
  )
}

const targets = new Map<string, { genuine: TlsTarget[]; forged: TlsTarget[] }>()

before(async () => {
  if (skipWithoutOpenssl) return
  for (const { owner, chain, key, hosts, added, forgeries, stolen, issuing } of cases) {
    const [host = ''] = hosts
    // Java also looks at the common name, if there is no DNS name.
    const make = ({ host: site, ...request }: Forgery) => ({
      host: site,
      ...madeWithOpenssl({ commonName: host, ...request, issuer: stolen, extensions: forServers }),
    })
    const port = await serve(chain, key)
    targets.set(owner, {
      genuine: [...hosts.map(host => ({ host, port })), ...(await serveForged(issuing, added.map(make)))],
      forged: await serveForged(issuing, [...forgeries.map(make), { host, ...madeBelow(stolen, host) }]),
    })
  }
})

for (const { name, skip, connect } of tlsClients) {
  for (const { owner, caPath, forgeries } of cases) {
    test(`${name} takes the certificate of ${owner}, and none that the CA's key could forge`, {
      skip: skipWithoutOpenssl || skip,
    }, async () => {
      const { genuine = [], forged = [] } = targets.get(owner) ?? {}
      const taken = await connect(caPath, genuine)
      assert.deepEqual(
        taken,
        genuine.map(() => 'accepted'),
      )
      const refused = await connect(caPath, forged)
      assert.equal(refused.length, forgeries.length + 1)
      for (const [index, reason] of refused.entries()) {
        const about = `${JSON.stringify(forgeries[index] ?? 'below')}: ${reason}`
        assert.notEqual(reason, 'accepted', about)
        assert.match(
          reason,
          /subtree|constraint|not permitted|path length|pathlen|legacy Common Name/i,
          about,
        )
      }
    })
  }
}

/** Returns what openssl says about certificates under a CA. */
function verifierOf(caPath: string, issuing: string) {
  const untrusted = temporaryFile('issuing.pem', issuing)
  return (certificate: string, purpose: string) => {
    const args = ['verify', '-x509_strict', '-purpose', purpose, '-CAfile', caPath, '-untrusted', untrusted]
    const { status, stderr } = spawnSync('openssl', [...args, temporaryFile('leaf.pem', certificate)], {
      encoding: 'utf8',
    })
    return status === 0 ? 'OK' : stderr
  }
}

test('openssl verify takes the own certificate for servers alone, and refuses names of every kind', {
  skip: skipWithoutOpenssl,
}, () => {
  const [{ chain, caPath, issuing, stolen }] = cases as [(typeof cases)[number]]
  const verify = verifierOf(caPath, issuing)
  assert.equal(verify(chain, 'sslserver'), 'OK')
  for (const purpose of ['sslclient', 'smimesign', 'smimeencrypt', 'timestampsign'])
    assert.match(verify(chain, purpose), /unsuitable certificate purpose|unsupported certificate purpose/)
  const withName = (altName: string, uses: string) =>
    madeWithOpenssl({
      issuer: stolen,
      altName,
      extensions: [`extendedKeyUsage=${uses}`, 'authorityKeyIdentifier=keyid'],
    }).certificate
  assert.match(verify(withName('DNS:localhost', 'clientAuth'), 'sslclient'), /purpose/)
  assert.match(verify(withName('DNS:localhost', 'emailProtection'), 'smimesign'), /purpose/)
  assert.equal(verify(withName('DNS:localhost', 'serverAuth'), 'sslserver'), 'OK')
  const names = ['email:a@evil.example', 'URI:spiffe://evil.example/x', 'DNS:evil.example', 'IP:10.1.2.4']
  for (const altName of names)
    assert.match(
      verify(withName(altName, 'serverAuth'), 'sslserver'),
      /(permitted|excluded) subtree violation/,
      altName,
    )
})

test('openssl verify takes the certificates of networks, by their own root and by ca.pem, which has all roots', {
  skip: skipWithoutOpenssl,
}, () => {
  for (const { chain, caPath, issuing } of cases)
    for (const path of [caPath, join(directory, 'ca.pem')])
      assert.equal(verifierOf(path, issuing)(chain, 'sslserver'), 'OK')
  const [own, network] = cases
  // Clients of the server need not trust the CA of a network.
  const ownRoot =
    readFileSync(join(directory, 'ca.pem'), 'utf8').split(/(?<=END CERTIFICATE-----\n)/)[0] ?? ''
  const verify = verifierOf(temporaryFile('own.pem', ownRoot), network?.issuing ?? '')
  assert.match(
    verify(network?.chain ?? '', 'sslserver'),
    /unable to get issuer certificate|unable to get local issuer/,
  )
  assert.equal(
    verifierOf(temporaryFile('own.pem', ownRoot), own?.issuing ?? '')(own?.chain ?? '', 'sslserver'),
    'OK',
  )
})
