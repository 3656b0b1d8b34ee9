import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash, createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import { cpSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory } from '../../test/fixtures/keyward-process.ts'
import { skipWithoutOpenssl } from '../../test/fixtures/tls/openssl-certificates.ts'
import { OperatorError } from '../std/index.ts'
import { CertificateSource, type ServerCertificate, type WantedNames } from './index.ts'

const dayMillis = 86_400_000
/** A Tuesday in 2026. */
const start = Date.UTC(2026, 5, 2, 12)
const required = ['localhost', 'kms.keyward.localhost', '127.0.0.1', '::1']
const plain: WantedNames = { required, optional: [] }

/** Opens the source of a directory, as a start of the server on this day does. */
async function open(directory: string, { names = plain, day = 0 } = {}) {
  const logged: string[] = []
  const time = { day }
  const source = await CertificateSource.open({
    files: undefined,
    directory,
    names,
    clock: { now: () => start + time.day * dayMillis },
    log: { info: message => logged.push(message), warn: message => logged.push(message) },
    every: () => () => undefined,
  })
  return { source, logged, time, current: source.current }
}

const newDirectory = () => join(temporaryDirectory(), 'tls')
const rootOf = (directory: string) => new X509Certificate(readFileSync(join(directory, 'ca.pem')))
const leafOf = ({ chain }: ServerCertificate) => new X509Certificate(chain)

/** Whether the chain leads to the root that clients trust. */
function isTrusted(directory: string, { chain, key }: ServerCertificate): boolean {
  const [leaf, issuing, ...others] = (chain.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? []).map(
    pem => new X509Certificate(pem),
  )
  assert.ok(leaf && issuing && others.length === 0)
  return (
    leaf.checkPrivateKey(createPrivateKey(key)) &&
    leaf.verify(issuing.publicKey) &&
    leaf.checkIssued(issuing) &&
    issuing.verify(rootOf(directory).publicKey) &&
    issuing.checkIssued(rootOf(directory))
  )
}

test('the first start makes a CA and a certificate, and the next start uses them', async () => {
  const directory = newDirectory()
  const first = await open(directory)
  assert.ok(isTrusted(directory, first.current))
  assert.deepEqual(first.current.names, required)
  assert.equal(first.current.caPath, join(directory, 'ca.pem'))
  const modes = readdirSync(directory).map(name => [
    name,
    (statSync(join(directory, name)).mode & 0o777).toString(8),
  ])
  assert.deepEqual(Object.fromEntries(modes), { 'ca.pem': '644', 'issuer.pem': '600', 'server.pem': '600' })
  assert.equal(statSync(directory).mode & 0o777, 0o700)
  const second = await open(directory, { day: 1 })
  assert.deepEqual(second.current, first.current)
  assert.deepEqual([...first.logged, ...second.logged], [])
})

test('no file has the private key of the root', async () => {
  const directory = newDirectory()
  await open(directory)
  const root = rootOf(directory).publicKey.export({ type: 'spki', format: 'pem' })
  const keys = readdirSync(directory).flatMap(name => {
    const text = readFileSync(join(directory, name), 'utf8')
    return text.match(/-----BEGIN[A-Z ]* PRIVATE KEY-----[^-]+-----END[A-Z ]* PRIVATE KEY-----/g) ?? []
  })
  assert.equal(keys.length, 2)
  for (const key of keys) assert.notEqual(createPublicKey(key).export({ type: 'spki', format: 'pem' }), root)
})

test('the certificates have the fields of RFC 5280, as openssl reads them', {
  skip: skipWithoutOpenssl,
}, async () => {
  const directory = newDirectory()
  const names = { required: [...required, '10.1.2.3', '2001:db8::5', 'kms.example.com'], optional: ['box'] }
  const { current } = await open(directory, { names })
  const read = (pem: string) => {
    const args = ['x509', '-noout', '-text', '-nameopt', 'RFC2253']
    return execFileSync('openssl', args, { input: pem, encoding: 'utf8' }).replaceAll(/\s+/g, ' ')
  }
  const [leaf = '', issuing = ''] = current.chain.split(/(?<=-----END CERTIFICATE-----\n)/)
  const constraints =
    'X509v3 Name Constraints: critical Permitted: DNS:localhost DNS:kms.keyward.localhost DNS:kms.example.com DNS:box IP:127.0.0.1/255.255.255.255 IP:0:0:0:0:0:0:0:1/FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF IP:10.1.2.3/255.255.255.255 IP:2001:DB8:0:0:0:0:0:5/FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF email:keyward.invalid URI:keyward.invalid Excluded: DNS:.box'
  const common = ['Version: 3 (0x2)', 'ecdsa-with-SHA256', 'ASN1 OID: prime256v1']
  const expected: [pem: string, fields: string[]][] = [
    [
      leaf,
      [
        'Subject: CN=localhost,O=Keyward',
        'X509v3 Basic Constraints: critical CA:FALSE',
        'X509v3 Key Usage: critical Digital Signature X509v3',
        'Extended Key Usage: TLS Web Server Authentication',
        'DNS:localhost, DNS:kms.keyward.localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, IP Address:10.1.2.3, IP Address:2001:DB8:0:0:0:0:0:5, DNS:kms.example.com, DNS:box',
        'Not Before: Jun 1 12:00:00 2026 GMT Not After : Aug 31 12:00:00 2026 GMT',
      ],
    ],
    [issuing, ['CA:TRUE, pathlen:0', 'Key Usage: critical Certificate Sign X509v3', constraints]],
    [
      readFileSync(join(directory, 'ca.pem'), 'utf8'),
      [
        'CA:TRUE, pathlen:1',
        'Key Usage: critical Certificate Sign X509v3',
        constraints,
        'Not Before: Jun 1 12:00:00 2026 GMT Not After : May 30 12:00:00 2036 GMT',
      ],
    ],
  ]
  for (const [pem, fields] of expected) {
    const text = read(pem)
    for (const field of [...common, ...fields]) assert.ok(text.includes(field), `${field} is not in ${text}`)
    // RFC 7093 section 2, method 1.
    const { publicKey, serialNumber } = new X509Certificate(pem)
    const point = publicKey.export({ type: 'spki', format: 'der' }).subarray(-65)
    const id = createHash('sha256').update(point).digest('hex').toUpperCase().slice(0, 40)
    assert.ok(text.includes(`Subject Key Identifier: ${id.match(/../g)?.join(':')}`), text)
    assert.match(serialNumber, /^[4-7][0-9A-F]{31}$/)
  }
})

test('times from 2050 on are written as GeneralizedTime', async () => {
  const directory = newDirectory()
  await open(directory, { day: 20 * 365 })
  assert.equal(rootOf(directory).validTo, 'May 25 12:00:00 2056 GMT')
})

test('a certificate is renewed a month before it expires, while the server runs and at start', async () => {
  const directory = newDirectory()
  const { source, time, logged, current } = await open(directory)
  const changes: ServerCertificate[] = []
  source.onChange(changed => changes.push(changed))
  time.day = 59
  await source.look()
  assert.deepEqual([source.current, changes.length, logged.length], [current, 0, 0])
  assert.deepEqual((await open(directory, { day: 59 })).current, current)
  time.day = 61
  const root = rootOf(directory).raw
  await source.look()
  assert.deepEqual(changes, [source.current])
  assert.notEqual(source.current.key, current.key)
  assert.ok(isTrusted(directory, source.current))
  assert.deepEqual(rootOf(directory).raw, root)
  assert.deepEqual(logged, ['a new certificate is in use until 2026-10-31T12:00:00.000Z'])
  const later = await open(directory, { day: 1000 })
  assert.notEqual(later.current.key, source.current.key)
  assert.deepEqual(rootOf(directory).raw, root)
  assert.equal(later.current.notAfter, start + 1090 * dayMillis)
})

test('a CA is replaced a month before it expires, with a line that says so', async () => {
  const directory = newDirectory()
  await open(directory)
  const root = rootOf(directory).raw
  const late = await open(directory, { day: 3619 })
  assert.deepEqual(rootOf(directory).raw, root)
  // A certificate must not outlive its CA.
  assert.equal(late.current.notAfter, start + 3650 * dayMillis)
  late.time.day = 3621
  await late.source.look()
  assert.notDeepEqual(rootOf(directory).raw, root)
  assert.ok(isTrusted(directory, late.source.current))
  assert.match(late.logged[0] ?? '', /there is a new CA, because the old one expires: clients must trust/)
})

test('a name that the operator asks for makes a new CA only if the old one does not permit it', async () => {
  const directory = newDirectory()
  const asking = (...asked: string[]) => ({ names: { required: [...required, ...asked], optional: [] } })
  const first = await open(directory, asking('example.com', '10.0.0.1'))
  const root = rootOf(directory).raw
  for (const asked of [['kms.example.com'], [], ['example.com', '10.0.0.1'], ['10.0.0.1']]) {
    const { current, logged } = await open(directory, asking(...asked))
    assert.deepEqual([current.names, logged], [[...required, ...asked], []])
    assert.deepEqual(leafOf(current).subjectAltName?.split(', ').length, current.names.length)
    assert.deepEqual(rootOf(directory).raw, root)
    assert.notEqual(current.key, first.current.key)
  }
  for (const asked of ['notexample.com', '10.0.0.2', '::2', 'x.localhost', 'com']) {
    const before = rootOf(directory).raw
    const { current, logged } = await open(directory, asking(asked))
    assert.notDeepEqual(rootOf(directory).raw, before)
    assert.ok(isTrusted(directory, current) && current.names.includes(asked))
    assert.deepEqual(logged, [
      `there is a new CA, because the old one does not permit ${asked}: clients must trust the new ${directory}/ca.pem`,
    ])
  }
})

test('a CA that has lost its issuer.pem is replaced, and the log says so', async () => {
  const directory = newDirectory()
  await open(directory)
  const root = rootOf(directory).raw
  rmSync(join(directory, 'issuer.pem'))
  const { current, logged } = await open(directory)
  assert.notDeepEqual(rootOf(directory).raw, root)
  assert.ok(isTrusted(directory, current))
  assert.deepEqual(logged, [
    `there is a new CA, because the old one has lost its issuer.pem: clients must trust the new ${directory}/ca.pem`,
  ])
})

test('a machine with a new name keeps its CA, and its certificate lacks the name', async () => {
  const directory = newDirectory()
  const named = (name: string) => ({ names: { required, optional: [name] } })
  const first = await open(directory, named('box-1'))
  assert.deepEqual(first.current.names, [...required, 'box-1'])
  const root = rootOf(directory).raw
  const second = await open(directory, named('box-2'))
  assert.deepEqual([second.current.names, rootOf(directory).raw], [required, root])
  assert.match(second.logged.join(), /^the certificate lacks the name box-2 of this machine/)
  const third = await open(directory, named('box-1'))
  assert.deepEqual([third.current.names, third.logged], [[...required, 'box-1'], []])
})

test('a crash at any moment leaves a directory that the next start can use', async () => {
  const whole = newDirectory()
  const { current } = await open(whole)
  const other = newDirectory()
  await open(other)
  const crashes: [name: string, act: (directory: string) => void][] = [
    ['before anything is written', directory => rmSync(directory, { recursive: true })],
    ['in a first file', directory => truncateSync(join(directory, 'issuer.pem.new'))],
    ['before ca.pem', directory => rmSync(join(directory, 'ca.pem'))],
    ['after a new CA', directory => cpSync(join(other, 'issuer.pem'), join(directory, 'issuer.pem'))],
    ['before server.pem', directory => rmSync(join(directory, 'server.pem'))],
    [
      'with the certificate of an old CA',
      directory => cpSync(join(other, 'server.pem'), join(directory, 'server.pem')),
    ],
    ['with a file that a disk has lost', directory => truncateSync(join(directory, 'server.pem'), 300)],
    ['with an empty file', directory => truncateSync(join(directory, 'ca.pem'))],
  ]
  for (const [name, crash] of crashes) {
    const directory = newDirectory()
    cpSync(whole, directory, { recursive: true })
    writeFileSync(join(directory, 'issuer.pem.new'), 'x')
    crash(directory)
    const next = await open(directory)
    assert.ok(isTrusted(directory, next.current), name)
    assert.deepEqual([next.current.names, next.logged], [required, []], name)
    assert.deepEqual((await open(directory)).current, next.current, name)
    const keepsCertificate = ['in a first file', 'before ca.pem', 'with an empty file'].includes(name)
    assert.equal(next.current.key === current.key, keepsCertificate, name)
  }
})

test('a damaged CA is never replaced silently', async () => {
  const directory = newDirectory()
  await open(directory)
  const path = join(directory, 'issuer.pem')
  const text = readFileSync(path, 'utf8')
  const other = newDirectory()
  await open(other)
  const otherText = readFileSync(join(other, 'issuer.pem'), 'utf8')
  const [keyPart = '', ...certificates] = text.split(/(?=-----BEGIN CERTIFICATE)/)
  const [otherKeyPart = '', , otherRoot = ''] = otherText.split(/(?=-----BEGIN CERTIFICATE)/)
  const damaged = [
    '',
    text.slice(0, 400),
    text.replace('permits', 'allows'),
    otherKeyPart + certificates.join(''),
    keyPart + certificates[0] + otherRoot,
    keyPart + certificates[0],
  ]
  for (const wrong of damaged) {
    writeFileSync(path, wrong)
    await assert.rejects(open(directory), (error: unknown) => {
      assert.ok(error instanceof OperatorError, String(error))
      assert.match(error.message, /issuer\.pem cannot be used: .*\. Restore it; or remove it for a new CA/)
      return true
    })
    assert.equal(readFileSync(path, 'utf8'), wrong)
  }
})

test('a renewal that fails is logged once, and the old certificate stays', async () => {
  const directory = newDirectory()
  const { source, logged, time, current } = await open(directory)
  time.day = 61
  writeFileSync(join(directory, 'issuer.pem'), '')
  for (let look = 0; look < 3; look++) await source.look()
  assert.equal(source.current, current)
  assert.equal(logged.length, 1)
  assert.match(logged[0] ?? '', /^the certificate stays as it is: .*issuer\.pem cannot be used/)
})
