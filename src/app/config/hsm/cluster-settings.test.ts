import assert from 'node:assert/strict'
import { symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory, temporaryFile } from '../../../../test/fixtures/keyward-process.ts'
import { nitroRootCertificatePem, parseRootKeySetting } from '../../../hsm/index.ts'
import { OperatorError } from '../../../std/index.ts'
import { toConfig } from '../config.ts'
import { gatherSettings } from '../settings.ts'
import { readClusterSettings, refuseTokenOfCluster } from './cluster-settings.ts'
import type { Pkcs11Libraries, Pkcs11Library } from './pkcs11-settings.ts'

const pem = nitroRootCertificatePem
/** AWS Nitro Enclaves User Guide, "Verifying the root of trust". */
const fingerprint = '641A0321A3E244EFE456463195D606317ED7CDCC3C1756E09893F3C68F79BB5B'.toLowerCase()
const trustAnchor = temporaryFile('anchor.pem', pem)

const [library, alias] = ['libhsm.so', 'alias.so'].map(name => join(temporaryDirectory(), name)) as [
  string,
  string,
]
writeFileSync(library, '')
symlinkSync(library, alias)
const libraries: Pkcs11Libraries = new Map<string, Pkcs11Library>([
  ['a', { path: library, environment: { CONF: '/a' } }],
  ['b', { path: library, environment: { CONF: '/b' } }],
  ['alias', { path: alias, environment: { CONF: '/a' } }],
  ['gone', { path: '/gone.so', environment: {} }],
])
const others = { libraries, regions: ['us-east-1', 'eu-west-1'], rootKey: undefined }

const id = 'cluster-234567abcde'
const tokens = [
  { library: 'a', label: 'one' },
  { library: 'b', label: 'one' },
]
const cluster = { id, region: 'eu-west-1', trustAnchor, tokens }
const read = (setting: unknown, more: Partial<Parameters<typeof readClusterSettings>[1]> = {}) =>
  readClusterSettings(JSON.stringify(setting), { ...others, ...more })

test('clusters name tokens, in a file, in YAML and in JSON', () => {
  const yaml = `- id: ${id}
  region: eu-west-1
  trustAnchor: ${trustAnchor}
  tokens:
    - { library: a, label: one }
    - { library: b, label: one }
  minimumTokens: 1
  soPinFile: so-pin
`
  const first = {
    ...{ clusterId: id, region: 'eu-west-1', trustAnchor: { pem, fingerprint } },
    tokens: [
      { library: 'a', path: library, environment: { CONF: '/a' }, label: 'one' },
      { library: 'b', path: library, environment: { CONF: '/b' }, label: 'one' },
    ],
    ...{ minimumTokens: 1, soPinPath: resolve('so-pin') },
  }
  const json = JSON.stringify([{ ...cluster, minimumTokens: 1, soPinFile: 'so-pin' }])
  for (const setting of [yaml, json, temporaryFile('clusters.yaml', yaml)])
    assert.deepEqual(readClusterSettings(setting, others), new Map([[id, first]]))
  assert.deepEqual(readClusterSettings(undefined, others), new Map())
})

test('keys are made in two tokens at least, unless the cluster has one or says otherwise', () => {
  const tokenOf = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ library: 'gone', label: `token ${index}` }))
  for (const [count, minimumTokens, expected] of [
    [1, undefined, 1],
    [2, undefined, 2],
    [3, undefined, 2],
    [3, '3', 3],
    [3, 1, 1],
    [28, 28, 28],
  ] as const) {
    const found = read([{ ...cluster, tokens: tokenOf(count), minimumTokens }].map(dropUndefined))
    assert.equal(found.get(id)?.minimumTokens, expected)
    assert.equal(found.get(id)?.soPinPath, undefined)
  }
})

const dropUndefined = (value: object) => JSON.parse(JSON.stringify(value)) as object

test('the configuration file has the same settings, with labels as they are written', () => {
  const config = temporaryFile(
    'keyward.yaml',
    `pkcs11: [{ name: soft, library: /soft.so }]
hsmClusters:
  - { id: cluster-22222222222, region: us-east-1, trustAnchor: ${trustAnchor}, tokens: [{ library: soft, label: 007 }] }
`,
  )
  const { hsmClusters } = toConfig(gatherSettings({ config }, {}))
  assert.deepEqual(hsmClusters.get('cluster-22222222222')?.tokens, [
    { library: 'soft', path: '/soft.so', environment: {}, label: '007' },
  ])
  const { 'hsm-clusters': fromEnvironment } = gatherSettings({}, { KEYWARD_HSM_CLUSTERS: '[]' })
  assert.equal(fromEnvironment, '[]')
})

function refuses(rows: readonly (readonly [setting: unknown, says: RegExp])[]): void {
  for (const [setting, says] of rows)
    assert.throws(
      () => read([setting]),
      (error: unknown) =>
        error instanceof OperatorError &&
        says.test(error.message) &&
        error.message.startsWith('hsmClusters:1:'),
      JSON.stringify(setting),
    )
}

test('a cluster that breaks a rule is refused, with its place', () => {
  const minimumRule = /minimumTokens must be a number from 1 to 2/
  const idRule = /id must be cluster- and 11 to 16 letters and digits from 2 to 7/
  const anchorRule = /trustAnchor must be a file with one certificate in PEM, and nothing else/
  const { id: _, ...noId } = cluster
  const { region: _region, ...noRegion } = cluster
  const { trustAnchor: _anchor, ...noAnchor } = cluster
  const { tokens: _tokens, ...noTokens } = cluster
  refuses([
    [noId, /has no id; it needs one/],
    [noRegion, /has no region; it needs one/],
    [noAnchor, /has no trustAnchor; it needs one/],
    [noTokens, /has no tokens; it needs one/],
    [{ ...cluster, pin: '1234' }, /pin is not a setting here/],
    // The pattern of AWS: cluster-[2-7a-zA-Z]{11,16}.
    ...['', 'cluster-', `cluster-${'a'.repeat(10)}`, `cluster-${'a'.repeat(17)}`, 'cluster-1aaaaaaaaaaa'].map(
      given => [{ ...cluster, id: given }, idRule],
    ),
    [{ ...cluster, id: `${id}\n` }, idRule],
    [
      { ...cluster, region: 'us-west-2' },
      /is us-west-2, which is not a Region of this server \(us-east-1, eu-west-1\)/,
    ],
    [{ ...cluster, trustAnchor: '/nonexistent.pem' }, /trustAnchor cannot be read: ENOENT/],
    [{ ...cluster, trustAnchor: temporaryFile('a.pem', `${pem}${pem}`) }, anchorRule],
    [{ ...cluster, trustAnchor: temporaryFile('a.pem', 'text') }, anchorRule],
    ...[0, 3, '1.5', '-1', 'two', ''].map(given => [{ ...cluster, minimumTokens: given }, minimumRule]),
    [{ ...cluster, soPinFile: '' }, /soPinFile must be the path of a file/],
    [{ ...cluster, soPinFile: 'a\0' }, /soPinFile must be the path of a file/],
  ] as [unknown, RegExp][])
  assert.throws(() => read(cluster), /must be a list/)
})

test('a cluster with a token that breaks a rule is refused, with its place', () => {
  const labelRule = /label must have 1 to 32 bytes, without blanks around it/
  const withToken = (token: object) => ({ ...cluster, tokens: [token] })
  refuses([
    [{ ...cluster, tokens: [] }, /tokens must have 1 to 28 tokens/],
    [
      {
        ...cluster,
        tokens: Array.from({ length: 29 }, (_, index) => ({ library: 'a', label: `t${index}` })),
      },
      /tokens must have 1 to 28 tokens/,
    ],
    [{ ...cluster, tokens: 'a' }, /tokens must be a list/],
    [withToken({ label: 'one' }), /has no library; it needs one/],
    [withToken({ library: 'a' }), /has no label; it needs one/],
    [withToken({ library: 'a', label: 'one', pin: '1234' }), /pin is not a setting here/],
    [
      withToken({ library: 'c', label: 'one' }),
      /library is no library in the setting pkcs11; it has a, b, alias, gone/,
    ],
    [withToken({ library, label: 'one' }), /is no library in the setting pkcs11/],
    // CK_TOKEN_INFO has 32 bytes for the label.
    [withToken({ library: 'a', label: '' }), labelRule],
    [withToken({ library: 'a', label: 'é'.repeat(17) }), labelRule],
    [withToken({ library: 'a', label: ' one' }), labelRule],
  ])
})

test('an id and a token belong to one cluster', () => {
  const second = { ...cluster, id: 'cluster-aaaaaaaaaaa' }
  assert.throws(() => read([cluster, cluster]), new RegExp(`id is ${id} a second time`))
  for (const [token, isTaken] of [
    [{ library: 'a', label: 'one' }, true],
    // A link to the same file.
    [{ library: 'alias', label: 'one' }, true],
    [{ library: 'a', label: 'two' }, false],
    [{ library: 'gone', label: 'one' }, false],
  ] as const) {
    const attempt = () => read([cluster, { ...second, tokens: [token] }])
    if (isTaken) assert.throws(attempt, new RegExp(`tokens\\[1\\] is a token of ${id} already`))
    else assert.equal(attempt().size, 2)
  }
  assert.throws(
    () => read([{ ...cluster, tokens: [tokens[0], tokens[0]] }]),
    /is a token of cluster-\S+ already/,
  )
})

test('the token of the root key is in no cluster, since its PIN would change', () => {
  const rootKeyOf = (text: string) => parseRootKeySetting(`pkcs11:${text}&key=k&pin-file=/p`)
  for (const rootKey of [`${library}?token=one`, `${alias}?token=one`, 'b?token=one', 'alias?token=one'])
    assert.throws(
      () => read([cluster], { rootKey: rootKeyOf(rootKey) }),
      /tokens\[1\] keeps the root key, and its PIN must not change/,
      rootKey,
    )
  const clusters = read([cluster])
  for (const rootKey of [`${library}?token=two`, 'gone?token=one'].map(rootKeyOf)) {
    assert.equal(read([cluster], { rootKey }).size, 1)
    refuseTokenOfCluster(clusters, libraries, rootKey)
  }
  refuseTokenOfCluster(clusters, libraries, parseRootKeySetting('shares:'))
  assert.throws(
    () => refuseTokenOfCluster(clusters, libraries, rootKeyOf('b?token=one')),
    new RegExp(`The token belongs to ${id}, and its PIN changes when`),
  )
})
