import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory, temporaryFile } from '../../test/fixtures/keyward-process.ts'
import {
  type CertificateRequest,
  type MadeCertificate,
  madeWithOpenssl,
  skipWithoutOpenssl as skip,
} from '../../test/fixtures/tls/openssl-certificates.ts'
import { OperatorError, systemClock } from '../std/index.ts'
import { CertificateSource, type ServerCertificate } from './index.ts'

const dayMillis = 86_400_000

/** A source that looks only when a test says so, with the lines that it logs. */
async function openSource(certificate: string, key: string, { aheadMillis = 0 } = {}) {
  const logged: string[] = []
  const time = { aheadMillis }
  const source = await CertificateSource.open({
    files: { certificate, key },
    directory: '/never/used',
    names: { required: [], optional: [] },
    clock: { now: () => systemClock.now() + time.aheadMillis },
    log: { info: message => logged.push(message), warn: message => logged.push(message) },
    every: () => () => undefined,
  })
  const changes: ServerCertificate[] = []
  source.onChange(changed => changes.push(changed))
  const lookTwice = async () => {
    await source.look()
    await source.look()
  }
  return { source, logged, changes, time, lookTwice }
}

const write = ({ certificate, key }: MadeCertificate, folder = temporaryDirectory()) => {
  const paths: [string, string] = [join(folder, 'tls.crt'), join(folder, 'tls.key')]
  writeFileSync(paths[0], certificate)
  writeFileSync(paths[1], key)
  return paths
}

const authority = (): CertificateRequest => ({
  extensions: ['basicConstraints=critical,CA:true'],
  altName: '',
})

test('certificates of all usual kinds are taken, with the names that they have', { skip }, async () => {
  const altName = 'DNS:KMS.example.com,DNS:*.example.org,IP:127.0.0.1,IP:2001:db8::1,email:a@b.example'
  const names = ['kms.example.com', '*.example.org', '127.0.0.1', '2001:db8::1']
  const algorithms = [
    ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
    ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
    ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384'],
    ['-algorithm', 'ED25519'],
  ]
  for (const algorithm of algorithms) {
    const made = madeWithOpenssl({ altName, algorithm })
    const { current } = (await openSource(...write(made))).source
    assert.deepEqual(
      [current.names, current.chain, current.key, current.caPath],
      [names, made.certificate, made.key, undefined],
    )
    const left = current.notAfter - systemClock.now()
    assert.ok(left > 29 * dayMillis && left < 31 * dayMillis)
  }
})

test('a file may have the chain, the key and other text, and the chain that clients get has certificates alone', {
  skip,
}, async () => {
  const issuer = madeWithOpenssl(authority())
  const leaf = madeWithOpenssl({ issuer, extensions: ['extendedKeyUsage=serverAuth'] })
  // `openssl ecparam -genkey` writes the parameters in front of the key.
  const key = execFileSync('openssl', ['ec'], { input: leaf.key, encoding: 'utf8', stdio: 'pipe' })
  const parameters = execFileSync('openssl', ['ecparam', '-name', 'prime256v1'], { encoding: 'utf8' })
  const whole = `CN = test\n${parameters}${key}${leaf.certificate}\nthe issuer:\n${issuer.certificate}`
  for (const text of [whole, whole.replaceAll('\n', '\r\n')]) {
    const path = temporaryFile('all.pem', text)
    const { current } = (await openSource(path, path)).source
    assert.equal(current.chain.replaceAll('\r', ''), leaf.certificate + issuer.certificate)
  }
})

/** Asserts that a start is refused, with one sentence that matches. */
async function isRefused(paths: [string, string], says: RegExp, aheadMillis = 0): Promise<void> {
  await assert.rejects(openSource(...paths, { aheadMillis }), (error: unknown) => {
    assert.ok(error instanceof OperatorError, String(error))
    assert.match(error.message, says)
    return true
  })
}

test('files that no client could accept are refused at start, and the message names the fault', {
  skip,
}, async () => {
  const made = madeWithOpenssl()
  const { certificate, key } = made
  const [path, keyPath] = write(made)
  const withCertificate = (text: string | Buffer) =>
    isRefused.bind(null, [temporaryFile('crt', text), keyPath])
  await isRefused(['/no/such', keyPath], /^The file \/no\/such cannot be read: ENOENT/)
  await isRefused([path, '/no/such'], /^The file \/no\/such cannot be read: ENOENT/)
  const pipe = join(temporaryDirectory(), 'pipe')
  execFileSync('mkfifo', [pipe])
  for (const special of [temporaryDirectory(), pipe, '/dev/zero'])
    await isRefused([special, keyPath], /cannot be read: it is not a regular file/)
  await isRefused([path, path], /has no private key that can be read/)
  const odd = temporaryFile('pem', 'odd')
  await isRefused([path, odd], new RegExp(`^The file ${odd} has no private key`))
  await withCertificate('')(/has no certificate in PEM/)
  await withCertificate(key)(/has no certificate in PEM/)
  await withCertificate(certificate.slice(0, -40))(/has no certificate in PEM/)
  await withCertificate(certificate + certificate.slice(0, -40))(/has a certificate that is cut off/)
  await withCertificate(certificate.replace(/\n[^-]{20}/, '\n'))(/cannot be read, number 1 of the file/)
  await withCertificate(certificate + certificate.replace(/\n[^-]{20}/, '\n'))(/cannot be read, number 2/)
  await withCertificate(Buffer.alloc((1 << 20) + 1, 'a'))(/more than 1048576 bytes/)
  await withCertificate(madeWithOpenssl().certificate)(/does not have the public key of the private key/)
  const issuer = madeWithOpenssl(authority())
  const leaf = madeWithOpenssl({ issuer })
  const reversed = { certificate: issuer.certificate + leaf.certificate, key: leaf.key }
  await isRefused(write(reversed), /first certificate, which must be that of the server/)
  const forClients = madeWithOpenssl({ extensions: ['extendedKeyUsage=clientAuth'] })
  await isRefused(write(forClients), /not for servers/)
  const weak = madeWithOpenssl({ algorithm: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:1024'] })
  await isRefused(write(weak), /OpenSSL refuses for TLS: .*key too small/)
  for (const form of [[], ['-traditional']]) {
    const args = ['pkey', '-aes256', '-passout', 'pass:secret', ...form]
    const locked = execFileSync('openssl', args, { input: key })
    await isRefused([path, temporaryFile('key', locked)], /private key that is encrypted/)
  }
  await isRefused([path, keyPath], /expired at \d{4}-/, 31 * dayMillis)
  await isRefused([path, keyPath], /not valid before \d{4}-/, -2 * dayMillis)
})

test('files that change are taken when two looks find the same, however they are replaced', {
  skip,
}, async () => {
  const [first, second, third, fourth, fifth] = [1, 2, 3, 4, 5].map(() => madeWithOpenssl())
  assert.ok(first && second && third && fourth && fifth)
  const folder = temporaryDirectory()
  // Kubernetes: the files are links into `..data`, a link that is switched by rename.
  for (const name of ['one', 'two']) mkdirSync(join(folder, name))
  write(first, join(folder, 'one'))
  symlinkSync('one', join(folder, '..data'))
  const paths = ['tls.crt', 'tls.key'].map(name => {
    symlinkSync(join('..data', name), join(folder, name))
    return join(folder, name)
  })
  const [path = '', keyPath = ''] = paths
  const { source, logged, changes, lookTwice } = await openSource(path, keyPath)
  const isServed = (made: MadeCertificate, changed: number) =>
    assert.deepEqual([source.current.key, changes.length], [made.key, changed])

  await lookTwice()
  isServed(first, 0)
  write(second, join(folder, 'two'))
  symlinkSync('two', join(folder, 'new'))
  renameSync(join(folder, 'new'), join(folder, '..data'))
  await source.look()
  isServed(first, 0)
  await source.look()
  isServed(second, 1)
  assert.equal(changes[0], source.current)

  // certbot: each link is replaced.
  const renewed = write(third)
  for (const [index, target] of renewed.entries()) {
    rmSync(paths[index] ?? '')
    symlinkSync(target, paths[index] ?? '')
  }
  await lookTwice()
  isServed(third, 2)
  // In place.
  write(fourth, folder)
  await lookTwice()
  isServed(fourth, 3)
  // By rename, one after the other, with looks between.
  for (const [index, text] of [fifth.certificate, fifth.key].entries()) {
    await source.look()
    isServed(fourth, 3)
    renameSync(temporaryFile('next', text), paths[index] ?? '')
    await source.look()
  }
  await source.look()
  isServed(fifth, 4)
  const [mismatch, ...others] = logged.filter(line => !line.startsWith('a new certificate is in use until '))
  assert.match(mismatch ?? '', /does not have the public key of the private key/)
  assert.deepEqual([logged.length, others], [5, []])
})

test('a pair that is broken or half written is logged once, and the old certificate stays until it is repaired', {
  skip,
}, async () => {
  const [old, next] = [madeWithOpenssl(), madeWithOpenssl()]
  const [path, keyPath] = write(old)
  const { source, logged, changes, lookTwice } = await openSource(path, keyPath)
  const isKept = async (says: RegExp) => {
    logged.length = 0
    for (let look = 0; look < 5; look++) await lookTwice()
    assert.deepEqual([source.current.key, changes.length, logged.length], [old.key, 0, 1], logged.join('\n'))
    assert.match(logged[0] ?? '', says)
  }
  writeFileSync(path, next.certificate)
  await isKept(/^the certificate stays as it is: The file .*tls\.crt does not have the public key/)
  truncateSync(path, 100)
  await isKept(/has no certificate in PEM/)
  rmSync(path)
  await isKept(/cannot be read: ENOENT/)
  writeFileSync(path, old.certificate)
  logged.length = 0
  await lookTwice()
  assert.deepEqual([source.current.key, logged], [old.key, []])
  // The same fault is logged again if the files were whole in between.
  rmSync(path)
  await isKept(/cannot be read: ENOENT/)
  writeFileSync(path, next.certificate)
  await isKept(/does not have the public key/)
  writeFileSync(keyPath, next.key)
  await lookTwice()
  assert.deepEqual([source.current.key, changes.length], [next.key, 1])
})

test('a half-written chain that looks whole is never taken', { skip }, async () => {
  const issuer = madeWithOpenssl(authority())
  const leaf = madeWithOpenssl({ issuer })
  const [path, keyPath] = write(madeWithOpenssl())
  const { source, changes } = await openSource(path, keyPath)
  writeFileSync(keyPath, leaf.key)
  writeFileSync(path, leaf.certificate)
  await source.look()
  writeFileSync(path, leaf.certificate + issuer.certificate)
  await source.look()
  await source.look()
  assert.deepEqual(
    changes.map(({ chain }) => chain),
    [leaf.certificate + issuer.certificate],
  )
})

test('a certificate that expires soon is logged once, and an expired one does not replace it', {
  skip,
}, async () => {
  const [path, keyPath] = write(madeWithOpenssl())
  const { source, logged, changes, time, lookTwice } = await openSource(path, keyPath)
  time.aheadMillis = 22 * dayMillis
  await lookTwice()
  assert.deepEqual(logged, [])
  time.aheadMillis = 24 * dayMillis
  await lookTwice()
  assert.deepEqual(logged, [
    `the certificate is valid only until ${new Date(source.current.notAfter).toISOString()}`,
  ])
  time.aheadMillis = 31 * dayMillis
  write(madeWithOpenssl(), join(path, '..'))
  await lookTwice()
  await lookTwice()
  assert.match(logged[1] ?? '', /has a certificate that expired at/)
  assert.deepEqual([logged.length, changes.length], [2, 0])
})

test('a source looks by itself until it is closed', { skip }, async () => {
  const [certificate, key] = write(madeWithOpenssl())
  const looks: (() => void)[] = []
  let stopped = 0
  const source = await CertificateSource.open({
    files: { certificate, key },
    directory: '/never/used',
    names: { required: [], optional: [] },
    clock: systemClock,
    log: { info: () => undefined, warn: () => undefined },
    every: (millis, look) => {
      assert.equal(millis, 2000)
      looks.push(look)
      return () => stopped++
    },
  })
  const next = madeWithOpenssl()
  const { promise: changed, resolve } = Promise.withResolvers<ServerCertificate>()
  source.onChange(resolve)
  write(next, join(certificate, '..'))
  const turn = setImmediate
  const again = (): void => {
    for (const look of looks) look()
    if (source.current.key !== next.key) turn(again)
  }
  again()
  assert.equal((await changed).key, next.key)
  source.close()
  assert.deepEqual([looks.length, stopped], [1, 1])
})
