import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TestCaller } from '../fixtures/caller.ts'
import { operate, statusOf } from '../fixtures/castle/operator-command.ts'
import { administratorOf } from '../fixtures/clients.ts'
import { type KeywardProcess, readAuditRecords, started } from '../fixtures/keyward-process.ts'
import { scrape } from '../fixtures/metrics/scrape.ts'
import { verify } from '../fixtures/stopped-database.ts'
import { advance } from '../fixtures/time-travel.ts'
import { fromWire, stsOf } from '../fixtures/worlds/sts.ts'

const sessionSeconds = 129_600
const keysOf = async (server: KeywardProcess) =>
  (await statusOf(server)).domainKeys.map(({ domain, version, state }) => `${domain} ${version} ${state}`)

/** Gets a session of the longest duration that there is (STS, GetSessionToken). */
async function openSession(server: KeywardProcess): Promise<TestCaller> {
  const sts = stsOf(server, administratorOf(server))
  const { Credentials } = await sts.getSessionToken({ DurationSeconds: sessionSeconds })
  return new TestCaller(server, { credentials: fromWire(Credentials) })
}

test('rotated domain keys are destroyed when no session needs them, and everything of before works', async t => {
  const server = await started(t, {
    flags: ['--test-clock', 'except-signatures'],
    environment: { KEYWARD_METRICS_PORT: '0' },
  })
  const caller = new TestCaller(server)
  const { KeyMetadata } = await caller.sdk.createKey({})
  const KeyId = KeyMetadata?.KeyId
  const { CiphertextBlob } = await caller.sdk.encrypt({ KeyId, Plaintext: Buffer.from('before') })
  const opens = async (by: TestCaller) => {
    const { Plaintext } = await by.sdk.decrypt({ CiphertextBlob })
    assert.equal(Buffer.from(Plaintext ?? []).toString(), 'before')
  }
  const session = await openSession(server)

  const rotation = await operate(server.dataDirectory, 'rotate-domain-keys')
  assert.deepEqual([rotation.code, rotation.stderr], [0, ''])
  assert.deepEqual(await keysOf(server), [
    ...['global 1 retiring', 'global 2 current', 'us-east-1 1 retiring', 'us-east-1 2 current'],
  ])
  const again = await operate(server.dataDirectory, 'rotate-domain-keys')
  assert.equal(again.code, 1)
  assert.match(again.stderr, /were rotated, and \d+ of \d+ entities are under the new ones/)

  await advance(server, 120)
  assert.deepEqual(await keysOf(server), ['global 1 retiring', 'global 2 current', 'us-east-1 2 current'])
  const metrics = await scrape(server)
  assert.equal(metrics.value('keyward_domain_keys', { domain: 'global', state: 'retiring' }), 1)
  assert.equal(metrics.value('keyward_rewrap_entities_left'), 0)
  assert.equal(metrics.value('keyward_rewrap_entities_broken'), 0)
  assert.ok((metrics.value('keyward_rewrap_entities_done') ?? 0) > 0)
  await opens(caller)

  await advance(server, sessionSeconds - 240)
  await opens(session)
  await advance(server, 300)
  assert.deepEqual(await keysOf(server), ['global 2 current', 'us-east-1 2 current'])
  await opens(caller)
  const expired = await session.call('ListKeys', {})
  assert.equal(expired.json['__type'], 'ExpiredTokenException')

  assert.equal(await server.stop(), 0)
  const events = readAuditRecords(server.dataDirectory)
    .filter(({ eventSource }) => eventSource === 'keyward')
    .map(({ eventName, serviceEventDetails: details }) => {
      const { domain } = details as { domain?: string }
      return `${eventName} ${domain ?? ''}`.trim()
    })
  assert.deepEqual(events, ['RotateDomainKeys', 'DestroyDomainKey us-east-1', 'DestroyDomainKey global'])
  const { code, stdout } = await verify(server)
  assert.equal(code, 0, stdout)
})

test('a domain that does not exist is not rotated, and one domain alone can be', async t => {
  const server = await started(t)
  const unknown = await operate(server.dataDirectory, 'rotate-domain-keys --domain eu-south-9')
  assert.equal(unknown.code, 1)
  assert.match(unknown.stderr, /eu-south-9 has no domain key/)
  assert.equal((await operate(server.dataDirectory, 'rotate-domain-keys --domain us-east-1')).code, 0)
  assert.deepEqual(await keysOf(server), ['global 1 current', 'us-east-1 1 retiring', 'us-east-1 2 current'])
})
