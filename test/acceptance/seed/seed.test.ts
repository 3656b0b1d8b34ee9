import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { base64, policyOf, TestCaller } from '../../fixtures/caller.ts'
import { type KeywardProcess, startKeyward, temporaryDirectory } from '../../fixtures/keyward-process.ts'
import { refusedStart } from '../../fixtures/refused-start.ts'
import { credentialsOf, writeSeed } from '../../fixtures/seed.ts'

const account = '111122223333'
const keyId = '1234abcd-12ab-34cd-56ef-1234567890ab'
const otherId = 'ffffffff-12ab-34cd-56ef-1234567890ab'
const newId = '00000000-12ab-34cd-56ef-1234567890ab'
const keyArn = `arn:aws:kms:us-east-1:${account}:key/${keyId}`
const keyPolicy = policyOf({
  Effect: 'Allow',
  Principal: { AWS: `arn:aws:iam::${account}:root` },
  Action: 'kms:*',
  Resource: '*',
})

/** Every part a seed can have; the id of the account would lose its value if it were read as a number. */
const seed = `accounts:
  - id: ${account}
    root:
      accessKeys:
        - { id: AKIAROOT000000000000, secret: the secret of root }
    users:
      - name: alice
        accessKeys:
          - id: AKIAALICE00000000000
            secret: the secret of alice
          - { id: ASIAALICE00000000000, secret: temporary, sessionToken: a-token, expires: 2099-01-31T00:00:00Z }
          - { id: ASIAEXPIRED000000000, secret: over, sessionToken: old-token, expires: 2020-01-31T00:00:00Z }
        policies:
          - name: all
            document:
              Version: "2012-10-17"
              Statement: { Effect: Allow, Action: "kms:*", Resource: "*" }
    keys:
      - id: ${keyId}
        region: us-east-1
        spec: SYMMETRIC_DEFAULT
        material: AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=
        description: orders
        aliases: [alias/orders, alias/bills]
        tags: { team: blue, empty: "" }
        policy: '${keyPolicy}'
      - id: ${otherId}
        enabled: false
  - id: 000000000042
`

const lineOf = (text: string, part: string) => text.slice(0, text.indexOf(part)).split('\n').length
const start = (text: string, dataDirectory = temporaryDirectory()) =>
  startKeyward({ dataDirectory, flags: ['--seed', writeSeed(text)] })
const as = (server: KeywardProcess, name: string) =>
  new TestCaller(server, { credentials: credentialsOf(name) })

async function stateOf(alice: TestCaller) {
  const { KeyMetadata: metadata } = await alice.sdk.describeKey({ KeyId: keyId })
  const { Tags } = await alice.sdk.listResourceTags({ KeyId: keyId })
  const { Policy } = await alice.sdk.getKeyPolicy({ KeyId: keyId })
  const { Aliases = [] } = await alice.sdk.listAliases({})
  const own = Aliases.filter(alias => alias.TargetKeyId)
  const targets = Object.fromEntries(own.map(alias => [alias.AliasName, alias.TargetKeyId]))
  return { metadata, Tags, Policy, targets }
}

describe('a seeded server', () => {
  let keyward: KeywardProcess
  let alice: TestCaller
  before(async () => {
    keyward = await start(seed)
    alice = as(keyward, 'alice')
  })
  after(() => keyward.stop())

  test('has the keys as the seed describes them', async () => {
    const { metadata, Tags = [], Policy, targets } = await stateOf(alice)
    assert.equal(metadata?.Arn, keyArn)
    assert.equal(metadata.Description, 'orders')
    assert.equal(metadata.KeyState, 'Enabled')
    const tags = Object.fromEntries(Tags.map(({ TagKey, TagValue }) => [TagKey, TagValue]))
    assert.deepEqual(tags, { team: 'blue', empty: '' })
    assert.equal(Policy, keyPolicy)
    assert.deepEqual(targets, { 'alias/orders': keyId, 'alias/bills': keyId })
    const { KeyMetadata } = await alice.sdk.describeKey({ KeyId: otherId })
    assert.equal(KeyMetadata?.KeyState, 'Disabled')
    assert.match(
      (await alice.sdk.getKeyPolicy({ KeyId: otherId })).Policy ?? '',
      /Enable IAM User Permissions/,
    )
  })

  test('knows the root user and gives it no user policies to need', async () => {
    const root = as(keyward, 'root')
    assert.equal((await root.sdk.listKeys({})).Keys?.length, 2)
    const text =
      /^User: arn:aws:iam::111122223333:root is not authorized to perform: kms:DescribeKey on resource: /
    const foreign = { KeyId: `arn:aws:kms:us-east-1:000000000042:key/${keyId}` }
    await root.isRefused('DescribeKey', foreign, 'AccessDeniedException', text)
  })

  test('takes temporary credentials with their session token only, and until they expire', async () => {
    const temporary = { accessKeyId: 'ASIAALICE00000000000', secretAccessKey: 'temporary' }
    const withToken = (sessionToken?: string) =>
      new TestCaller(keyward, {
        credentials: sessionToken === undefined ? temporary : { ...temporary, sessionToken },
      })
    await withToken('a-token').sdk.listKeys({})
    const invalid = 'The security token included in the request is invalid.'
    for (const token of [undefined, 'A-token', 'a-token2', 'old-token']) {
      await withToken(token).isRefused('ListKeys', {}, 'UnrecognizedClientException', invalid)
    }
    const over = { accessKeyId: 'ASIAEXPIRED000000000', secretAccessKey: 'over', sessionToken: 'old-token' }
    const expired = 'The security token included in the request is expired'
    await new TestCaller(keyward, { credentials: over }).isRefused(
      'ListKeys',
      {},
      'ExpiredTokenException',
      expired,
    )
    const lasting = { ...credentialsOf('alice'), sessionToken: 'a-token' }
    const caller = new TestCaller(keyward, { credentials: lasting })
    await caller.isRefused('ListKeys', {}, 'UnrecognizedClientException', invalid)
  })

  test('has the administrator of its first start besides', async () => {
    await new TestCaller(keyward).sdk.createKey({})
  })
})

test('a ciphertext made under seeded key material decrypts on another server with the same seed', async () => {
  const servers = await Promise.all([start(seed), start(seed)])
  const [one, two] = servers.map(server => as(server, 'alice')) as [TestCaller, TestCaller]
  try {
    const EncryptionContext = { order: '7' }
    const input = { KeyId: 'alias/orders', Plaintext: base64('secret'), EncryptionContext }
    const { CiphertextBlob } = await one.answer('Encrypt', input)
    const answer = await two.answer('Decrypt', { CiphertextBlob, EncryptionContext })
    assert.equal(answer['Plaintext'], base64('secret'))
    assert.equal(answer['KeyId'], keyArn)
    const { KeyMetadata } = await one.sdk.describeKey({ KeyId: keyId })
    assert.equal(answer['KeyMaterialId'], KeyMetadata?.CurrentKeyMaterialId)

    // Without material in the seed each server makes its own, and neither opens what the other sealed.
    for (const caller of [one, two]) await caller.sdk.enableKey({ KeyId: otherId })
    const { CiphertextBlob: foreign } = await one.answer('Encrypt', { ...input, KeyId: otherId })
    const { status, json } = await two.call('Decrypt', { CiphertextBlob: foreign, EncryptionContext })
    assert.equal(status, 400)
    assert.equal('Plaintext' in json, false)
  } finally {
    await Promise.all(servers.map(server => server.stop()))
  }
})

test('PEM is read as key material too', async () => {
  const material = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='
  const pem = `|\n          -----BEGIN AES KEY-----\n          ${material}\n          -----END AES KEY-----`
  const [bare, wrapped] = await Promise.all([start(seed), start(seed.replace(material, pem))])
  try {
    const ids = [bare, wrapped].map(async server => {
      const { KeyMetadata } = await as(server, 'alice').sdk.describeKey({ KeyId: keyId })
      return KeyMetadata?.CurrentKeyMaterialId
    })
    const [one, two] = await Promise.all(ids)
    assert.match(one ?? '', /^[0-9a-f]{64}$/)
    assert.equal(two, one)
  } finally {
    await Promise.all([bare.stop(), wrapped.stop()])
  }
})

describe('the same seed again', () => {
  const dataDirectory = temporaryDirectory()
  /** Runs a server with a seed for a while. */
  async function during<T>(text: string, use: (alice: TestCaller) => Promise<T>): Promise<T> {
    const server = await start(text, dataDirectory)
    try {
      return await use(as(server, 'alice'))
    } finally {
      await server.stop()
    }
  }

  test('changes nothing', async () => {
    const first = await during(seed, async alice => ({
      state: await stateOf(alice),
      blob: (await alice.answer('Encrypt', { KeyId: keyId, Plaintext: base64('x') }))['CiphertextBlob'],
    }))
    await during(seed, async alice => {
      assert.deepEqual(await stateOf(alice), first.state)
      await alice.answer('Decrypt', { CiphertextBlob: first.blob })
    })
  })

  test('leaves alone what clients have changed since', async () => {
    const changed = await during(seed, async alice => {
      await alice.sdk.updateKeyDescription({ KeyId: keyId, Description: 'changed' })
      await alice.sdk.tagResource({ KeyId: keyId, Tags: [{ TagKey: 'team', TagValue: 'red' }] })
      await alice.sdk.untagResource({ KeyId: keyId, TagKeys: ['empty'] })
      await alice.sdk.putKeyPolicy({ KeyId: keyId, Policy: `${keyPolicy} ` })
      await alice.sdk.scheduleKeyDeletion({ KeyId: keyId })
      await alice.sdk.enableKey({ KeyId: otherId })
      await alice.sdk.updateAlias({ AliasName: 'alias/bills', TargetKeyId: otherId })
      return await stateOf(alice)
    })
    await during(seed, async alice => {
      assert.deepEqual(await stateOf(alice), changed)
      assert.equal((await alice.sdk.describeKey({ KeyId: otherId })).KeyMetadata?.KeyState, 'Enabled')
      await alice.sdk.cancelKeyDeletion({ KeyId: keyId })
      await alice.sdk.enableKey({ KeyId: keyId })
    })
  })

  const conflicts: Readonly<Record<string, readonly [from: string, to: string, line: string]>> = {
    'other key material': ['AAECAwQ', 'BBECAwQ', `- id: ${keyId}`],
    'another secret of a root access key': ['secret of root', 'other', '- { id: AKIAROOT'],
    'another secret of a user': ['secret of alice', 'other', '- id: AKIAALICE'],
    'another session token': ['a-token', 'b-token', '- { id: ASIAALICE'],
    'another end of a temporary key': ['2099', '2098', '- { id: ASIAALICE'],
    'an access key of another user': ['- name: alice', '- name: bob', '- id: AKIAALICE'],
    'another description than the one since changed': [
      'description: orders',
      'description: v2',
      `- id: ${keyId}`,
    ],
    'an alias of another key': [
      `- id: ${otherId}`,
      `- id: ${otherId}\n        aliases: [alias/orders]`,
      '[alias/orders]',
    ],
  }
  for (const [what, [from, to, line]] of Object.entries(conflicts)) {
    test(`with ${what} is a conflict, told with its line, and nothing of it is applied`, async () => {
      assert.ok(seed.includes(from))
      const text = seed.replace(from, to).replace('    keys:\n', `    keys:\n      - id: ${newId}\n`)
      const path = writeSeed(text)
      const said = await refusedStart({ dataDirectory, flags: ['--seed', path] })
      assert.ok(said.startsWith(`keyward: ${path}:${lineOf(text, line)}: `), said)
      assert.equal(said.trimEnd().split('\n').length, 1, said)
      for (const secret of ['the secret of', 'AECAwQ', 'a-token', 'temporary'])
        assert.ok(!said.includes(secret), said)
    })
  }

  test('after all these conflicts is as good as ever, and none of them has left a trace', () =>
    during(seed, async alice => {
      await alice.isRefused('DescribeKey', { KeyId: newId }, 'NotFoundException')
      const { metadata, targets } = await stateOf(alice)
      assert.equal(metadata?.Description, 'changed')
      assert.deepEqual(targets, { 'alias/orders': keyId, 'alias/bills': otherId })
    }))

  test('edited where no client has changed anything is applied', async () => {
    const edited = seed
      .replace('kms:*", Resource', 'kms:Describe*", Resource')
      .replace(`- id: ${otherId}`, `- id: ${otherId}\n        tags: { edited: "yes" }`)
    const fresh = temporaryDirectory()
    const first = await start(seed, fresh)
    await first.stop()
    const second = await start(edited, fresh)
    const alice = as(second, 'alice')
    assert.equal((await alice.sdk.describeKey({ KeyId: otherId })).KeyMetadata?.KeyId, otherId)
    await alice.isRefused('ListKeys', {}, 'AccessDeniedException')
    await second.stop()
    const third = await start(seed, fresh)
    const { Tags } = await as(third, 'alice').sdk.listResourceTags({ KeyId: otherId })
    assert.deepEqual(Tags, [])
    await third.stop()
  })

  test('with more in it makes what is missing', () =>
    during(
      seed.replace('    keys:\n', `    keys:\n      - { id: ${newId}, aliases: [alias/new] }\n`),
      async alice => {
        const { KeyMetadata } = await alice.sdk.describeKey({ KeyId: 'alias/new' })
        assert.equal(KeyMetadata?.KeyId, newId)
        assert.equal((await stateOf(alice)).metadata?.Description, 'changed')
      },
    ))
})

const invalid: Readonly<Record<string, readonly [from: string, to: string, line: string]>> = {
  'no YAML': ['[alias/orders,', '[alias/orders', 'alias/orders'],
  'a member twice': [
    '        region: us-east-1',
    '        spec: SYMMETRIC_DEFAULT',
    'spec: SYMMETRIC_DEFAULT\n        material',
  ],
  'an unknown member': ['description:', 'descriptoin:', 'descriptoin'],
  'an account id of 11 digits': [`id: ${account}`, 'id: 11112222333', 'id: 11112222333'],
  'a key id that is none': [`id: ${keyId}`, 'id: my-key', 'id: my-key'],
  'an unknown region': ['us-east-1', 'mars-east-1', `id: ${keyId}`],
  'an unknown spec': ['SYMMETRIC_DEFAULT', 'AES_512', `id: ${keyId}`],
  'material that is no base64': ['AAECAwQ', '!!!!', 'material'],
  'material of 31 bytes': [
    'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=',
    base64(randomBytes(31)),
    'material',
  ],
  'an alias without its prefix': ['alias/orders', 'orders', 'aliases'],
  'an alias of AWS': ['alias/orders', 'alias/aws/s3', 'aliases'],
  'a tag of AWS': ['team: blue', 'aws:team: blue', 'tags'],
  'a key policy that is no policy': ['"Effect":"Allow"', '"Effect":"Maybe"', 'policy:'],
  'a policy with a condition that is none': [
    'Resource: "*" }',
    'Resource: "*", Condition: { StringAlike: {} } }',
    '- name: all',
  ],
  'a time that is none': ['2099-01-31T00:00:00Z', 'tomorrow', 'ASIAALICE'],
  'an access key without a secret': ['            secret: the secret of alice\n', '', 'id: AKIAALICE'],
  'a state that is none': ['enabled: false', 'enabled: maybe', 'enabled'],
}

describe('a seed is refused with its line that has', { concurrency: 4 }, () => {
  for (const [what, [from, to, line]] of Object.entries(invalid)) {
    test(what, async () => {
      const text = seed.replace(from, to)
      assert.notEqual(text, seed)
      const path = writeSeed(text)
      const said = await refusedStart({ flags: ['--seed', path] })
      assert.ok(said.startsWith(`keyward: ${path}:${lineOf(text, line)}: `), said)
      for (const secret of ['the secret of', 'AwQFBgcICQoLDA0ODxAR', 'a-token'])
        assert.ok(!said.includes(secret), said)
    })
  }
})

test('a seed that is not there is named', async () => {
  assert.match(await refusedStart({ flags: ['--seed', '/nowhere/seed.yaml'] }), /\/nowhere\/seed\.yaml/)
})
