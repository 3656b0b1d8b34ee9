import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { ClusterWorld } from '../fixtures/hsm/cluster-world.ts'
import {
  addressOf,
  gateways,
  keyName,
  openLoggedIn,
  pinOf,
  trustEachOther,
} from '../fixtures/hsm/gateways.ts'
import { officerPin, pkcs11Tool, type SoftToken, whyNoTokens, writePin } from '../fixtures/hsm/softhsm.ts'
import { runKeyward, startKeyward, temporaryDirectory } from '../fixtures/keyward-process.ts'

// `keyward hsm audit`, with SoftHSM2. pkcs11-tool, which shows neither CKA_TRUSTED nor CKA_WRAP_WITH_TRUSTED, is asked for the rest.

const skip = whyNoTokens

interface Finding {
  readonly library: string
  readonly token: string
  readonly kind: string
  readonly text: string
}

/** Runs the command for the cluster, with the PIN of its tokens. */
const audit = (world: ClusterWorld, args: readonly string[], input?: string) =>
  runKeyward(['hsm', 'audit', ...args, '--data-dir', temporaryDirectory()], {
    environment: world.environment,
    ...(input === undefined ? {} : { input }),
  })

/** A cluster of two tokens that share a key, with a key in the first that is not shared. */
async function sharingWorld(t: TestContext) {
  const world = new ClusterWorld(2)
  const sides = []
  for (const token of world.tokens) sides.push({ token, gateway: await openLoggedIn(t, token) })
  const [a, b] = sides
  if (a === undefined || b === undefined) assert.fail('no tokens')
  await trustEachOther(a, b)
  await a.gateway.makeKey(keyName('shared'), true)
  await a.gateway.makeKey(keyName('single'), false)
  const transport = await b.gateway.transportKey()
  await b.gateway.unwrapKey(
    keyName('shared'),
    await a.gateway.wrapKey(keyName('shared'), transport?.fingerprint ?? ''),
  )
  return { world, a: a.token, b: b.token, pinFile: writePin(`${a.token.pin}\n`) }
}

/** The SHA-256 of a public key of a token, as OpenSC reads it. */
function fingerprintOf(token: SoftToken, label: string): string {
  const path = join(temporaryDirectory(), 'key.der')
  pkcs11Tool(token, '--read-object', '--type', 'pubkey', '--label', label, '--output-file', path)
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}

test('the tokens of a cluster are listed with all keys, and have no findings', { skip }, async t => {
  const { world, a, b, pinFile } = await sharingWorld(t)
  const { code, stdout, stderr } = await audit(world, [
    '--cluster',
    world.clusterId,
    '--pin-file',
    pinFile,
    '--json',
  ])
  assert.deepEqual([code, stderr], [0, ''])
  const { tokens, findings } = JSON.parse(stdout)
  assert.deepEqual(findings, [])
  assert.deepEqual(
    tokens.map(({ library, label }: SoftToken & { library: string }) => [library, label]),
    [
      ['hsm-1', 'hsm-1'],
      ['hsm-2', 'hsm-2'],
    ],
  )
  const listed = (index: number) =>
    tokens[index].keys.map((key: { label: string; id: string }) => `${key.label} ${key.id}`).sort()
  for (const [index, token] of [a, b].entries()) {
    const objects = pkcs11Tool(token, '--list-objects').matchAll(/label: +(.*)\n\s+ID: +([0-9a-f]*)\n/g)
    assert.deepEqual(listed(index), Array.from(objects, ([, label, id]) => `${label} ${id}`).sort())
  }
  // Each token trusts the transport key of the other.
  assert.equal(tokens[0].transportKey, fingerprintOf(b, 'trusted 0'))
  assert.equal(tokens[1].transportKey, fingerprintOf(a, 'trusted 1'))

  const text = (await audit(world, ['--cluster', world.clusterId, '--pin-file', pinFile])).stdout
  assert.match(
    text,
    /^hsm-1 of hsm-1\n {2}made by SoftHSM project, model SoftHSM v2, serial [0-9a-f]{16}\n {2}transport key: [0-9a-f]{64}\n/,
  )
  assert.match(
    text,
    / {2}secret key, AES: shared\n {4}id [0-9a-f]+\n {4}local, sensitive, always sensitive, extractable, wrap with trusted, private, encrypt, decrypt\n/,
  )
  assert.match(
    text,
    / {2}secret key, AES: single\n {4}id [0-9a-f]+\n {4}local, sensitive, always sensitive, never extractable, private, encrypt, decrypt\n/,
  )
  assert.ok(
    text.includes(
      `  TRUSTED public key, RSA: trusted 1\n    id ${tokens[1].transportKey}\n    SHA-256 ${tokens[1].transportKey}, the transport key of hsm-2 of hsm-2\n`,
    ),
    text,
  )
  assert.match(text, /\nNo findings\.\n$/)
})

test('a foreign trusted key, and keys that can leave a token, end the command with 1', { skip }, async t => {
  const { world, a, pinFile } = await sharingWorld(t)
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 3072 })
  const { n = '', e = '' } = publicKey.export({ format: 'jwk' })
  const spki = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')
  const ceremony = await gateways.openCeremony(addressOf(a))
  await ceremony.login(pinOf(officerPin))
  const [modulus, exponent] = [Buffer.from(n, 'base64url'), Buffer.from(e, 'base64url')]
  await ceremony.trust({ modulus, exponent, fingerprint: spki }, 'of a thief')
  await ceremony.close()
  // OpenSC makes keys that wrap and unwrap by default.
  pkcs11Tool(a, '--keygen', '--key-type', 'AES:32', '--label', 'open', '--id', '0a', '--extractable')
  pkcs11Tool(a, '--keygen', '--key-type', 'AES:32', '--label', 'twice', '--id', '0a', '--sensitive')
  pkcs11Tool(
    a,
    '--keygen',
    '--key-type',
    'AES:32',
    '--label',
    'leaves',
    '--id',
    '0b',
    '--sensitive',
    '--extractable',
  )
  const { code, stdout } = await audit(world, ['--cluster', world.clusterId, '--pin-file', pinFile, '--json'])
  assert.equal(code, 1)
  const { findings } = JSON.parse(stdout) as { findings: readonly Finding[] }
  assert.ok(findings.every(({ library, token }) => library === 'hsm-1' && token === 'hsm-1'))
  const kindsOf = (text: string) => findings.filter(each => each.text.includes(text)).map(({ kind }) => kind)
  assert.deepEqual(kindsOf(`the public key of a thief (SHA-256 ${spki})`), ['foreignTrustedKey'])
  assert.deepEqual(kindsOf('key open is'), ['leavesToken', 'wrapsOrDerives'])
  assert.deepEqual(kindsOf('key leaves is'), ['leavesToken', 'wrapsOrDerives'])
  assert.deepEqual(kindsOf('key twice is'), ['wrapsOrDerives'])
  assert.deepEqual(kindsOf('2 secret keys have the id 0a'), ['sameId'])
  assert.equal(findings.length, 7)

  // One token by itself: its trusted keys are listed and not judged.
  const single = await audit(world, ['--library', 'hsm-1', '--token', 'hsm-1'], `${a.pin}\n`)
  assert.equal(single.code, 1)
  assert.match(single.stdout, new RegExp(`TRUSTED public key, RSA: of a thief\n.*\n {4}SHA-256 ${spki}\n`))
  assert.match(
    single.stdout,
    /\nTrusted keys were not compared with the transport keys of other tokens: --cluster does that\.\n/,
  )
  assert.match(
    single.stdout,
    /\nFINDING hsm-1 of hsm-1: the secret key open is not sensitive: its value can be read\.\n/,
  )
  assert.match(single.stdout, /\n6 findings\.\n$/)
})

test('wrong logins are counted over all runs, whatever else is in their environment', { skip }, async () => {
  const world = new ClusterWorld(1)
  const server = await startKeyward()
  assert.equal(await server.stop(), 0)
  const attempt = (run: number) =>
    runKeyward(['hsm', 'audit', '--cluster', world.clusterId, '--data-dir', server.dataDirectory], {
      // systemd gives each start of a service an id of its own.
      environment: { ...world.environment, INVOCATION_ID: String(run) },
      input: 'wrong\n',
    })
  for (let run = 1; run <= 5; run++) assert.match((await attempt(run)).stdout, /not read: the PIN is wrong\n/)
  assert.match(
    (await attempt(6)).stdout,
    /not read: the last 5 logins had a wrong PIN or no answer, so none is tried/,
  )
})

test('a token that cannot be read ends the command with 1, and no PIN is shown', { skip }, async () => {
  const world = new ClusterWorld(1)
  const wrong = await audit(world, ['--cluster', world.clusterId], 'wrong-pin-4711\n')
  assert.equal(wrong.code, 1)
  assert.equal(wrong.stderr, 'keyward: 1 of 1 tokens could not be read.\n')
  assert.match(wrong.stdout, /^hsm-1 of hsm-1\n {2}not read: the PIN is wrong\n/)
  assert.ok(!`${wrong.stdout}${wrong.stderr}`.includes('wrong-pin-4711'))
  for (const [args, says] of [
    [
      ['--cluster', 'cluster-22222222222'],
      /^keyward: The setting hsmClusters has no cluster cluster-22222222222; it has cluster-/,
    ],
    [
      ['--library', 'other', '--token', 'a'],
      /^keyward: The setting pkcs11 has no library other; it has hsm-1\./,
    ],
    [[], /needs --library and --token, or --cluster/],
    [['--library', 'hsm-1'], /needs --library and --token, or --cluster/],
    [['--cluster', 'a', '--token', 'a'], /needs --library and --token, or --cluster/],
    [['a'], /takes no arguments/],
  ] as const) {
    const { code, stdout, stderr } = await audit(world, args)
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(stderr, says)
  }
})
