import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createServer, type Server } from 'node:tls'
import { systemClock } from '../../../src/std/index.ts'
import { CertificateSource, wantedNames } from '../../../src/tls/index.ts'
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
const caPath = join(directory, 'ca.pem')
const names = wantedNames('127.0.0.1', ['example.com', '10.1.2.3'], 'dev')
const source = await CertificateSource.open({
  files: undefined,
  directory,
  names,
  clock: systemClock,
  log: { info: () => undefined, warn: () => undefined },
  every: () => () => undefined,
})
const issuing = source.current.chain.slice(source.current.chain.indexOf('-----END') + 26)
const stolen: MadeCertificate = {
  certificate: issuing,
  key: readFileSync(join(directory, 'issuer.pem'), 'utf8'),
}

const forServers = ['extendedKeyUsage=serverAuth']

/** The certificates that a thief would want, each with the site that it is for. */
const forgeries: readonly (CertificateRequest & { readonly host: string })[] = [
  { host: 'evil.example', altName: 'DNS:evil.example' },
  { host: 'notexample.com', altName: 'DNS:notexample.com' },
  // The machine is called dev, which is a top-level domain, too.
  { host: 'x.dev', altName: 'DNS:x.dev' },
  { host: 'y.dev', altName: 'DNS:*.dev' },
  { host: 'x.evil.example', altName: 'DNS:*.evil.example' },
  { host: 'localhost', altName: 'DNS:localhost,DNS:evil.example' },
  { host: 'evil.example', altName: '', commonName: 'evil.example' },
  { host: '10.1.2.4', altName: 'IP:10.1.2.4' },
  { host: '2001:db8::1', altName: 'IP:2001:db8::1' },
]

/** A certificate for the server's own name, from a CA that the stolen key has made. */
function madeBelow(): MadeCertificate {
  const extensions = ['basicConstraints=critical,CA:true', 'keyUsage=keyCertSign']
  const issuer = madeWithOpenssl({ issuer: stolen, extensions, altName: '' })
  const { certificate, key } = madeWithOpenssl({ issuer, extensions: forServers })
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

let forged: TlsTarget[] = []
let genuine: TlsTarget[] = []

before(async () => {
  if (skipWithoutOpenssl) return
  const made = forgeries.map(({ host, ...request }) => ({
    host,
    ...madeWithOpenssl({ ...request, issuer: stolen, extensions: forServers }),
  }))
  const all = [...made, { host: 'localhost', ...madeBelow() }]
  forged = await Promise.all(
    all.map(async ({ host, certificate, key }) => ({ host, port: await serve(certificate + issuing, key) })),
  )
  const { chain, key } = source.current
  const port = await serve(chain, key)
  genuine = [...names.required, ...names.optional].map(host => ({ host, port }))
})

for (const { name, skip, connect } of tlsClients) {
  test(`${name} takes the server's own certificate, and none that the CA's key could forge`, {
    skip: skipWithoutOpenssl || skip,
  }, async () => {
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
      assert.match(reason, /subtree|constraint|not permitted|path length|pathlen|legacy Common Name/i, about)
    }
  })
}

test('openssl verify takes the own certificate for servers alone, and refuses names of every kind', {
  skip: skipWithoutOpenssl,
}, () => {
  const untrusted = temporaryFile('issuing.pem', issuing)
  const verify = (certificate: string, purpose: string) => {
    const args = ['verify', '-x509_strict', '-purpose', purpose, '-CAfile', caPath, '-untrusted', untrusted]
    const { status, stderr } = spawnSync('openssl', [...args, temporaryFile('leaf.pem', certificate)], {
      encoding: 'utf8',
    })
    return status === 0 ? 'OK' : stderr
  }
  assert.equal(verify(source.current.chain, 'sslserver'), 'OK')
  for (const purpose of ['sslclient', 'smimesign', 'smimeencrypt', 'timestampsign'])
    assert.match(
      verify(source.current.chain, purpose),
      /unsuitable certificate purpose|unsupported certificate purpose/,
    )
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
