import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { temporaryDirectory } from '../../test/fixtures/keyward-process.ts'
import {
  CertificateSource,
  findFaultsOfOwnFiles,
  listOwnKeys,
  type WantedNames,
  wantedNames,
} from './index.ts'
import { permitsName } from './name-constraints.ts'

const start = Date.UTC(2026, 5, 2, 12)
const ownNames = wantedNames('127.0.0.1', [], 'box')
/** The names of a network with these addresses. */
const namesOf = (...addresses: string[]): WantedNames => ({
  required: ['kms.example', '*.kms.vpce.example', ...addresses],
  optional: [],
  permits: ['kms.example', 'kms.vpce.example', '10.20.0.0/16', 'fd00:20::/56'],
})
const networkNames = namesOf('10.20.1.5')
const [first, second] = ['vpc-1a2b3c4d', 'vpc-5e6f7a8b']

/** Opens the source of the server, or of a network, as a start on this day does. */
async function open(directory: string, names: WantedNames, network?: string, day = 0) {
  const logged: string[] = []
  const source = await CertificateSource.open({
    files: undefined,
    ...{ directory, names },
    ...(network && { network }),
    clock: { now: () => start + day * 86_400_000 },
    log: {
      info: message => logged.push(`info: ${message}`),
      warn: message => logged.push(`warn: ${message}`),
    },
    every: () => () => undefined,
  })
  return { logged, current: source.current }
}

const newDirectory = () => join(temporaryDirectory(), 'tls')
const read = (directory: string, name: string) => readFileSync(join(directory, name), 'utf8')
const rootsIn = (directory: string) => read(directory, 'ca.pem').split(/(?<=END CERTIFICATE-----\n)/)

describe('the CA of a network', () => {
  test('leaves the CA of the server and the others as they are', async () => {
    const directory = newDirectory()
    const own = await open(directory, ownNames)
    const before = read(directory, 'ca.pem')
    const one = await open(directory, networkNames, first)
    const other = await open(directory, namesOf('10.20.1.6'), second)
    assert.deepEqual(one.current.names, ['kms.example', '*.kms.vpce.example', '10.20.1.5'])
    assert.equal(one.current.caPath, join(directory, `ca-${first}.pem`))
    assert.deepEqual(one.logged, [
      `info: ${first} has a CA of its own now: its clients must trust ${directory}/ca-${first}.pem`,
    ])
    // Clients that have the old ca.pem trust the server, and those with the new one trust all of them.
    const roots = [before, read(directory, `ca-${first}.pem`), read(directory, `ca-${second}.pem`)]
    assert.deepEqual(rootsIn(directory), roots)
    for (const [index, { current }] of [own, one, other].entries()) {
      const issuing = new X509Certificate(current.chain.slice(current.chain.indexOf('-----END') + 26))
      assert.deepEqual(
        roots.map(root => issuing.verify(new X509Certificate(root).publicKey)),
        [0, 1, 2].map(each => each === index),
      )
    }
    for (const again of [
      await open(directory, ownNames),
      await open(directory, networkNames, first),
      await open(directory, namesOf('10.20.1.6'), second),
    ])
      assert.deepEqual(again.logged, [])
    assert.deepEqual((await open(directory, ownNames)).current, own.current)
    assert.deepEqual((await open(directory, networkNames, first)).current, one.current)
    assert.deepEqual(rootsIn(directory), roots)
    assert.deepEqual(listOwnKeys(directory).sort(), [
      ...[`issuer-${first}.pem`, `issuer-${second}.pem`, 'issuer.pem'],
      ...[`server-${first}.pem`, `server-${second}.pem`, 'server.pem'],
    ])
    const modes = readdirSync(directory).map(name => [name, statSync(join(directory, name)).mode & 0o777])
    for (const [name, mode] of modes) assert.equal(mode, String(name).startsWith('ca') ? 0o644 : 0o600)
  })

  test('stays when an address in the ranges of the network is added, and its certificate does not', async () => {
    const directory = newDirectory()
    const one = await open(directory, networkNames, first)
    const root = read(directory, 'ca.pem')
    const more = await open(directory, namesOf('10.20.1.5', '10.20.255.255', 'fd00:20:0:ff::1'), first)
    assert.deepEqual(more.current.names.slice(2), ['10.20.1.5', '10.20.255.255', 'fd00:20:0:ff::1'])
    assert.notEqual(more.current.key, one.current.key)
    assert.deepEqual([more.logged, read(directory, 'ca.pem')], [[], root])
  })

  test('is replaced for an address outside, with a line that says so', async () => {
    const directory = newDirectory()
    await open(directory, ownNames)
    await open(directory, networkNames, first)
    const [own, network] = rootsIn(directory)
    const { logged } = await open(directory, namesOf('10.21.0.1'), first)
    assert.deepEqual(logged, [
      `warn: there is a new CA, because the old one does not permit 10.21.0.1: clients must trust the new ${directory}/ca-${first}.pem`,
    ])
    const after = rootsIn(directory)
    assert.deepEqual([after.length, after[0]], [2, own])
    assert.notEqual(after[1], network)
  })

  test('is renewed like the CA of the server', async () => {
    const directory = newDirectory()
    const one = await open(directory, networkNames, first)
    const renewed = await open(directory, networkNames, first, 61)
    assert.notEqual(renewed.current.key, one.current.key)
    assert.equal(renewed.logged.length, 0)
  })

  test('counts as lost if only its issuer.pem is, and so does that of the server', async () => {
    const directory = newDirectory()
    // A server without a public listener has a ca.pem without a root of its own.
    await open(directory, networkNames, first)
    assert.deepEqual((await open(directory, ownNames)).logged, [])
    rmSync(join(directory, 'issuer.pem'))
    assert.match(
      (await open(directory, ownNames)).logged.join(),
      /^warn: .*has lost its issuer\.pem: .*\/ca\.pem$/,
    )
    rmSync(join(directory, `issuer-${first}.pem`))
    const { logged } = await open(directory, networkNames, first)
    assert.match(logged.join(), /^warn: .*has lost its issuer\.pem: .*ca-vpc-1a2b3c4d\.pem$/)
  })

  test('has its damaged files found, and is never replaced silently', async () => {
    const directory = newDirectory()
    await open(directory, ownNames)
    await open(directory, networkNames, first)
    assert.deepEqual(findFaultsOfOwnFiles(directory), [])
    for (const name of ['issuer', 'ca', 'server']) {
      const path = join(directory, `${name}-${first}.pem`)
      const text = readFileSync(path, 'utf8')
      writeFileSync(path, 'x')
      const [fault, ...others] = findFaultsOfOwnFiles(directory)
      assert.deepEqual(others, [])
      assert.match(fault ?? '', new RegExp(`tls/${name}-${first}\\.pem cannot be used`))
      if (name === 'issuer') await assert.rejects(open(directory, networkNames, first), /cannot be used/)
      writeFileSync(path, text)
    }
  })
})

// The masks of RFC 4632 section 3.1: the first and the last address of a range are in it, those beside it are not.
test('a range permits its addresses, and no name', () => {
  const ranges: [range: string, within: string[], outside: string[]][] = [
    ['10.20.0.0/16', ['10.20.0.0', '10.20.255.255'], ['10.19.255.255', '10.21.0.0', '::ffff:a14:0']],
    ['10.20.8.0/21', ['10.20.8.0', '10.20.15.255'], ['10.20.7.255', '10.20.16.0']],
    ['10.20.1.5/32', ['10.20.1.5'], ['10.20.1.4', '10.20.1.6']],
    ['fd00:20::/57', ['fd00:20::', 'fd00:20:0:7f:ffff:ffff:ffff:ffff'], ['fd00:20:0:80::', '10.20.0.0']],
  ]
  for (const [range, within, outside] of ranges) {
    for (const address of within) assert.ok(permitsName([range], address), `${address} in ${range}`)
    for (const name of [...outside, 'a.example', range.split('/')[1] ?? ''])
      assert.ok(!permitsName([range], name), `${name} in ${range}`)
  }
})
