import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeKey, TestCaller } from '../fixtures/caller.ts'
import { type KeywardProcess, startKeyward } from '../fixtures/keyward-process.ts'
import { advance, dayMillis, daySeconds, timeAt } from '../fixtures/time-travel.ts'

async function withServer(clock: string, use: (keyward: KeywardProcess) => Promise<void>): Promise<void> {
  const keyward = await startKeyward({ environment: { KEYWARD_TEST_CLOCK: clock } })
  try {
    await use(keyward)
  } finally {
    await keyward.stop()
  }
}

const post = (keyward: KeywardProcess, body: string, type = 'application/json') =>
  fetch(`${keyward.url}/test/clock`, { method: 'POST', headers: { 'content-type': type }, body })

test('a server without the setting has no test clock', async () => {
  await withServer('false', async keyward => {
    for (const method of ['GET', 'POST']) {
      const response = await fetch(`${keyward.url}/test/clock`, {
        method,
        headers: { 'content-type': 'application/json' },
        ...(method === 'POST' ? { body: '{"advanceSeconds":86400}' } : {}),
      })
      assert.ok(response.status >= 400, `${method} ${response.status}`)
      await response.text()
    }
    const { KeyMetadata } = await new TestCaller(keyward).sdk.createKey({})
    assert.ok(Math.abs((KeyMetadata?.CreationDate?.getTime() ?? 0) - Date.now()) < 60_000)
  })
})

test('a test clock except for signatures moves the time of keys, and not the time of callers', async () => {
  await withServer('except-signatures', async keyward => {
    const admin = new TestCaller(keyward)
    const start = await timeAt(keyward)
    assert.ok(Math.abs(start - Date.now()) < 60_000)
    const key = await makeKey(admin)
    await admin.sdk.scheduleKeyDeletion({ KeyId: key.id, PendingWindowInDays: 7 })
    const now = await advance(keyward, 7 * daySeconds)
    assert.ok(Math.abs(now - start - 7 * dayMillis) < 60_000)
    // The deletion is done when the clock answers.
    await admin.isRefused('DescribeKey', { KeyId: key.id }, 'NotFoundException')
    const { KeyMetadata } = await admin.sdk.createKey({})
    assert.ok(Math.abs((KeyMetadata?.CreationDate?.getTime() ?? 0) - now) < 60_000)
    const refused = [
      '{}',
      '[]',
      'nonsense',
      '{"advanceSeconds":-1}',
      '{"advanceSeconds":"60"}',
      '{"advanceSeconds":null}',
      '{"advanceSeconds":1e300}',
    ]
    for (const body of refused) {
      const response = await post(keyward, body)
      assert.equal(response.status, 400, body)
      await response.text()
    }
    // A web page can send this type without a preflight request, so the server must refuse it.
    const plain = await post(keyward, '{"advanceSeconds":86400}', 'text/plain')
    assert.ok(plain.status >= 400)
    await plain.text()
    assert.ok((await timeAt(keyward)) - now < 60_000)
  })
})

test('a test clock for everything refuses old signatures, and the SDK learns the time from the Date header', async () => {
  await withServer('true', async keyward => {
    const admin = new TestCaller(keyward)
    const key = await makeKey(admin)
    await advance(keyward, daySeconds)
    const refused = await admin.call('DescribeKey', { KeyId: key.id })
    assert.equal(refused.json['__type'], 'InvalidSignatureException')
    assert.match(String(refused.json['message']), /^Signature expired: /)
    const date = Date.parse(refused.headers.get('date') ?? '')
    assert.ok(Math.abs(date - (await timeAt(keyward))) < 60_000)
    const { KMS } = await import('@aws-sdk/client-kms')
    const { administratorOf } = await import('../fixtures/clients.ts')
    const patient = new KMS({
      endpoint: keyward.url,
      region: 'us-east-1',
      credentials: administratorOf(keyward),
      maxAttempts: 2,
    })
    const { KeyMetadata } = await patient.describeKey({ KeyId: key.id })
    assert.equal(KeyMetadata?.KeyId, key.id)
  })
})
