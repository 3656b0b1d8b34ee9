import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { checkRefusal, deniedText, noPolicyAllows, TestCaller } from '../../fixtures/caller.ts'
import { callKeyward, type RawAnswer, type TestCredentials } from '../../fixtures/clients.ts'
import { checkout, readAuditRecords, reasonOf, started } from '../../fixtures/keyward-process.ts'
import { everythingWithMetrics } from '../../fixtures/metrics/everything.ts'
import { scrape } from '../../fixtures/metrics/scrape.ts'
import { allow, credentialsOf, seedAccessKey, seedUser, writeSeed } from '../../fixtures/seed.ts'
import { testServer } from '../../fixtures/test-server.ts'
import { rootOf, userArn } from '../../fixtures/worlds/two-accounts.ts'

// GetServerFigures shows to the operator's account the values of GET /metrics.

const [operators, other] = ['000000000000', '111111111111']
const action = 'keyward:GetServerFigures'
const seed = {
  accounts: [
    { id: operators, users: [seedUser('wanda', allow(action)), seedUser('paul', allow('kms:*'))] },
    { id: other, root: { accessKeys: [seedAccessKey('root1')] }, users: [seedUser('olga', allow('*'))] },
  ],
}
const keyward = await testServer({ seed, environment: await everythingWithMetrics() })

interface Figures {
  readonly Time: number
  readonly Version: string
  readonly Readiness: string
  readonly Samples: readonly {
    readonly Name: string
    readonly Labels: Readonly<Record<string, string>>
    readonly Value: string
  }[]
}

const ask = (input: object, credentials: TestCredentials | undefined = credentialsOf('wanda')) =>
  callKeyward(keyward, 'GetServerFigures', input, { credentials })

function figuresOf({ status, text, json }: RawAnswer): Figures {
  assert.equal(status, 200, text)
  return json as unknown as Figures
}

const notOperator = (arn: string) =>
  `User: ${arn} is not authorized to perform: ${action} because only the account of the server's operator may see its figures`

test('the samples are those of a scrape in the same second', async () => {
  for (let tries = 0; ; tries++) {
    const before = figuresOf(await ask({}))
    const { samples } = await scrape(keyward)
    const after = figuresOf(await ask({}))
    // Between two answers from one reading, the scrape has the same reading.
    if (before.Time === after.Time) {
      assert.deepEqual(before, after)
      const read = after.Samples.map(({ Name, Labels, Value }) => ({
        ...{ name: Name, labels: Labels },
        value: Value === '+Inf' ? Number.POSITIVE_INFINITY : Number(Value),
      }))
      assert.deepEqual(read, samples)
      return
    }
    assert.ok(tries < 20, 'each answer had a reading of its own')
  }
})

test('the answer has the version, the readiness and the time of the reading', async () => {
  const { Time, Version, Readiness } = figuresOf(await ask({ Names: ['none'] }))
  const { version } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as { version: string }
  assert.deepEqual({ Version, Readiness }, { Version: version, Readiness: 'ok' })
  const age = Date.now() / 1000 - Time
  assert.ok(age >= 0 && age < 5, `${age} seconds`)
})

test('names choose the metrics by the beginnings of their names', async () => {
  const { Samples: all } = figuresOf(await ask({}))
  const names = new Set(all.map(({ Name }) => Name))
  const chosen = (...Names: string[]) =>
    ask({ Names }).then(answer => [...new Set(figuresOf(answer).Samples.map(({ Name }) => Name))])
  const beginning = (...prefixes: string[]) =>
    [...names].filter(name => prefixes.some(prefix => name.startsWith(prefix)))
  assert.deepEqual(await chosen('keyward_sink_', 'process_'), beginning('keyward_sink_', 'process_'))
  assert.deepEqual(await chosen('keyward_sealed'), ['keyward_sealed'])
  assert.deepEqual(await chosen('keyward_audit_write_seconds'), [
    'keyward_audit_write_seconds_bucket',
    'keyward_audit_write_seconds_sum',
    'keyward_audit_write_seconds_count',
  ])
  assert.deepEqual(await chosen('sink_', 'Keyward'), [])
})

test('names that cannot be those of metrics are refused, and so are more than fifty', async () => {
  for (const Names of [[], [''], ['a-b'], ['1a'], ['a'.repeat(129)], Array(51).fill('a')]) {
    const { json } = await ask({ Names })
    assert.equal(json['__type'], 'ValidationException', JSON.stringify(Names))
  }
  assert.deepEqual(figuresOf(await ask({ Names: Array(50).fill('a'.repeat(128)) })).Samples, [])
})

test('a user without the permission is denied', async () => {
  const denied = await ask({}, credentialsOf('paul'))
  const because = noPolicyAllows('identity-based', action)
  checkRefusal(denied, 'AccessDeniedException', deniedText(userArn('paul', operators), action, '*', because))
})

test('a different account is denied, whatever its policies allow', async () => {
  for (const [name, arn] of [
    ['olga', userArn('olga', other)],
    ['root1', rootOf(other)],
  ] as const)
    checkRefusal(await ask({}, credentialsOf(name)), 'AccessDeniedException', notOperator(arn))
  assert.equal((await ask({}, undefined)).status, 200)
})

test("a different default account does not become the operator's", async t => {
  const first = await started(t, { flags: ['--seed', writeSeed(seed)] })
  await first.stop()
  const { dataDirectory } = first
  const again = await started(t, {
    dataDirectory,
    environment: { KEYWARD_ACCOUNT_ID: other, KEYWARD_METRICS_PORT: '0' },
  })
  const call = (name: string) =>
    callKeyward(again, 'GetServerFigures', {}, { credentials: credentialsOf(name) })
  checkRefusal(await call('olga'), 'AccessDeniedException', notOperator(userArn('olga', other)))
  figuresOf(await call('wanda'))
})

test('a server without metrics names the setting, but to its operator alone', async t => {
  const server = await started(t, {
    flags: ['--seed', writeSeed(seed)],
    environment: { KEYWARD_METRICS_PORT: 'off' },
  })
  const call = (name: string) =>
    callKeyward(server, 'GetServerFigures', {}, { credentials: credentialsOf(name) })
  checkRefusal(
    await call('wanda'),
    'UnsupportedOperationException',
    'The server has no metrics, because the setting KEYWARD_METRICS_PORT is off.',
  )
  checkRefusal(await call('olga'), 'AccessDeniedException', notOperator(userArn('olga', other)))
})

test('the record has the names that were asked for and no figures', async () => {
  await ask({ Names: ['keyward_sink_'] })
  await ask({}, credentialsOf('olga'))
  const records = readAuditRecords(keyward.dataDirectory).filter(
    ({ eventName }) => eventName === 'GetServerFigures',
  )
  const [answered, denied] = records.slice(-2)
  const { eventSource, readOnly, requestParameters, responseElements, errorCode } = answered ?? {}
  assert.deepEqual(
    { eventSource, readOnly, requestParameters, responseElements, errorCode },
    {
      ...{ eventSource: 'keyward', readOnly: true, responseElements: null },
      ...{ requestParameters: { names: ['keyward_sink_'] }, errorCode: undefined },
    },
  )
  assert.equal(denied?.['errorCode'], 'AccessDenied')
  assert.equal(reasonOf(denied), 'the account is not that of the first start')
})

test('no sample has a secret, a name or a text of a caller', async t => {
  const server = await started(t, {
    flags: ['--seed', writeSeed(seed)],
    environment: { KEYWARD_METRICS_PORT: '0' },
  })
  const credentials = credentialsOf('paul')
  const caller = new TestCaller(server, { credentials })
  const { KeyMetadata } = await caller.sdk.createKey({ Description: 'Marker1' })
  const ciphertext = await caller.encrypt(KeyMetadata?.KeyId ?? '', 'Marker2')
  await caller.call('Encrypt', { KeyId: 'Marker3', Plaintext: 'TWFya2VyNA==' })
  const { text } = await callKeyward(server, 'GetServerFigures', {}, { credentials: credentialsOf('wanda') })
  assert.match(text, /"operation":"Encrypt"/)
  for (const value of [
    ...['Marker', 'TWFya2Vy', ciphertext, operators, other, 'paul', 'wanda', 'olga'],
    ...[credentials.accessKeyId, credentials.secretAccessKey, String(KeyMetadata?.KeyId)],
  ])
    assert.ok(!text.includes(value), value)
})
