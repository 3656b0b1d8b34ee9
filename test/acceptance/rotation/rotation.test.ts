import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeKey, TestCaller, type TestKey, violation } from '../../fixtures/caller.ts'
import { readAuditRecords } from '../../fixtures/keyward-process.ts'
import { testServer } from '../../fixtures/test-server.ts'
import { advance, dayMillis, daySeconds, timeAt } from '../../fixtures/time-travel.ts'

const keyward = await testServer({ hasTestClock: true })
const admin = new TestCaller(keyward)

const passDays = (days: number) => advance(keyward, days * daySeconds)
const plaintext = Buffer.from('kept over rotations')

async function statusOf(key: TestKey) {
  const { KeyRotationEnabled, RotationPeriodInDays, NextRotationDate } = await admin.sdk.getKeyRotationStatus(
    { KeyId: key.id },
  )
  return { on: KeyRotationEnabled, period: RotationPeriodInDays, next: NextRotationDate?.getTime() }
}

async function currentMaterial({ id }: TestKey): Promise<string> {
  const { CurrentKeyMaterialId = '' } = await admin.describe(id)
  assert.match(CurrentKeyMaterialId, /^[0-9a-f]{64}$/)
  return CurrentKeyMaterialId
}

async function rotationsOf({ id }: TestKey) {
  const { Rotations = [] } = await admin.sdk.listKeyRotations({ KeyId: id })
  return Rotations
}

const encrypt = async ({ id }: TestKey) =>
  (await admin.sdk.encrypt({ KeyId: id, Plaintext: plaintext })).CiphertextBlob ?? new Uint8Array()

/** Asserts that a ciphertext decrypts under this key material. */
async function decrypts(blob: Uint8Array, keyMaterialId: string): Promise<void> {
  const { Plaintext, KeyMaterialId } = await admin.sdk.decrypt({ CiphertextBlob: blob })
  assert.deepEqual(Buffer.from(Plaintext ?? []), plaintext)
  assert.equal(KeyMaterialId, keyMaterialId)
}

const near = (actual: number | undefined, expected: number) =>
  assert.ok(Math.abs((actual ?? 0) - expected) < 10_000, `${actual} is not about ${expected}`)

test('rotation is off by default; when enabled, it happens every 365 days or in the given period', async () => {
  const key = await makeKey(admin)
  // Recorded from AWS: the answers about rotation name the key by its ARN.
  assert.deepEqual(await admin.answer('GetKeyRotationStatus', { KeyId: key.id }), {
    KeyId: key.arn,
    KeyRotationEnabled: false,
  })
  await admin.answersNothing('EnableKeyRotation', { KeyId: key.id })
  const byDefault = await statusOf(key)
  assert.deepEqual({ on: byDefault.on, period: byDefault.period }, { on: true, period: 365 })
  near(byDefault.next, (await timeAt(keyward)) + 365 * dayMillis)
  for (const RotationPeriodInDays of [90, 2560]) {
    await admin.answersNothing('EnableKeyRotation', { KeyId: key.id, RotationPeriodInDays })
    const status = await statusOf(key)
    assert.deepEqual({ on: status.on, period: status.period }, { on: true, period: RotationPeriodInDays })
    near(status.next, (await timeAt(keyward)) + RotationPeriodInDays * dayMillis)
  }
  const refuses = (days: number, must: string) =>
    admin.isRefused(
      'EnableKeyRotation',
      { KeyId: key.id, RotationPeriodInDays: days },
      'ValidationException',
      violation('rotationPeriodInDays', `'${days}'`, must),
    )
  await refuses(89, 'have value greater than or equal to 90')
  await refuses(2561, 'have value less than or equal to 2560')
  assert.equal((await statusOf(key)).period, 2560)
  await admin.answersNothing('DisableKeyRotation', { KeyId: key.id })
  assert.deepEqual(await statusOf(key), { on: false, period: undefined, next: undefined })
  await admin.answersNothing('DisableKeyRotation', { KeyId: key.id })
})

test('with rotation on, only a different period begins a new schedule, as recorded from AWS', async () => {
  const key = await makeKey(admin)
  await admin.sdk.enableKeyRotation({ KeyId: key.id, RotationPeriodInDays: 90 })
  const before = await statusOf(key)
  await passDays(80)
  for (const RotationPeriodInDays of [undefined, 90]) {
    await admin.sdk.enableKeyRotation({ KeyId: key.id, RotationPeriodInDays })
    assert.deepEqual(await statusOf(key), before)
  }
  await admin.sdk.enableKeyRotation({ KeyId: key.id, RotationPeriodInDays: 100 })
  near((await statusOf(key)).next, (await timeAt(keyward)) + 100 * dayMillis)
  await passDays(20)
  assert.deepEqual(await rotationsOf(key), [])
  // "If no value is specified, the default value is 365 days" (API reference, EnableKeyRotation). This counts if rotation was off.
  await admin.sdk.disableKeyRotation({ KeyId: key.id })
  await admin.sdk.enableKeyRotation({ KeyId: key.id })
  assert.equal((await statusOf(key)).period, 365)
  near((await statusOf(key)).next, (await timeAt(keyward)) + 365 * dayMillis)
})

test('a key rotates at the end of each period, and all old ciphertexts decrypt', async () => {
  const key = await makeKey(admin)
  const first = await currentMaterial(key)
  const ciphertexts = [{ blob: await encrypt(key), material: first }]
  await admin.sdk.enableKeyRotation({ KeyId: key.id, RotationPeriodInDays: 100 })
  const start = await timeAt(keyward)
  await passDays(99)
  assert.equal(await currentMaterial(key), first)
  for (let round = 1; round <= 3; round++) {
    await passDays(round === 1 ? 1 : 100)
    const material = await currentMaterial(key)
    assert.ok(ciphertexts.every(old => old.material !== material))
    ciphertexts.push({ blob: await encrypt(key), material })
    near((await statusOf(key)).next, start + (round + 1) * 100 * dayMillis)
  }
  for (const { blob, material } of ciphertexts) await decrypts(blob, material)
  const { KeyMaterialId } = await admin.sdk.generateDataKey({ KeyId: key.id, KeySpec: 'AES_256' })
  assert.equal(KeyMaterialId, ciphertexts[3]?.material)
  const { SourceKeyMaterialId, DestinationKeyMaterialId } = await admin.sdk.reEncrypt({
    CiphertextBlob: ciphertexts[1]?.blob,
    DestinationKeyId: key.id,
  })
  assert.deepEqual(
    [SourceKeyMaterialId, DestinationKeyMaterialId],
    [ciphertexts[1]?.material, ciphertexts[3]?.material],
  )
  const listed = await rotationsOf(key)
  assert.deepEqual(
    listed.map(({ KeyId, KeyMaterialId, KeyMaterialState, RotationType }) => ({
      KeyId,
      KeyMaterialId,
      KeyMaterialState,
      RotationType,
    })),
    ciphertexts.slice(1).map(({ material }, index) => ({
      KeyId: key.arn,
      KeyMaterialId: material,
      KeyMaterialState: index === 2 ? 'CURRENT' : 'NON_CURRENT',
      RotationType: 'AUTOMATIC',
    })),
  )
  for (const [index, { RotationDate }] of listed.entries()) {
    near(RotationDate?.getTime(), start + (index + 1) * 100 * dayMillis)
  }
})

test('ListKeyRotations returns the rotations only, or all key material, in pages', async () => {
  const key = await makeKey(admin)
  const materials = [await currentMaterial(key)]
  assert.deepEqual(await admin.answer('ListKeyRotations', { KeyId: key.id }), {
    Rotations: [],
    Truncated: false,
  })
  const all = await admin.answer('ListKeyRotations', {
    KeyId: key.id,
    IncludeKeyMaterial: 'ALL_KEY_MATERIAL',
  })
  const only = { KeyId: key.arn, KeyMaterialId: materials[0], KeyMaterialState: 'CURRENT' }
  assert.deepEqual(all, { Rotations: [only], Truncated: false })
  for (let count = 0; count < 5; count++) {
    await admin.sdk.rotateKeyOnDemand({ KeyId: key.id })
    materials.push(await currentMaterial(key))
  }
  for (const IncludeKeyMaterial of ['ALL_KEY_MATERIAL', 'ROTATIONS_ONLY'] as const) {
    const seen: string[] = []
    let Marker: string | undefined
    do {
      const page = await admin.sdk.listKeyRotations({ KeyId: key.id, IncludeKeyMaterial, Limit: 2, Marker })
      assert.equal(page.Truncated, page.NextMarker !== undefined)
      assert.ok((page.Rotations?.length ?? 0) <= 2)
      seen.push(...(page.Rotations ?? []).map(entry => entry.KeyMaterialId ?? ''))
      Marker = page.NextMarker
    } while (Marker !== undefined)
    assert.deepEqual(
      seen.toSorted(),
      materials.slice(IncludeKeyMaterial === 'ROTATIONS_ONLY' ? 1 : 0).toSorted(),
    )
  }
  const page = await admin.sdk.listKeyRotations({ KeyId: key.id, Limit: 1 })
  const other = await makeKey(admin)
  for (const Marker of ['nonsense', page.NextMarker]) {
    await admin.isRefused('ListKeyRotations', { KeyId: other.id, Marker }, 'InvalidMarkerException', null)
  }
})

test('a key rotates on demand at most 25 times, and its schedule does not change', async () => {
  const key = await makeKey(admin)
  await admin.sdk.enableKeyRotation({ KeyId: key.id, RotationPeriodInDays: 90 })
  const before = await statusOf(key)
  const blob = await encrypt(key)
  const first = await currentMaterial(key)
  for (let count = 0; count < 25; count++) {
    assert.deepEqual(await admin.answer('RotateKeyOnDemand', { KeyId: key.id }), { KeyId: key.arn })
  }
  assert.deepEqual(await statusOf(key), before)
  const last = await currentMaterial(key)
  await admin.isRefused(
    'RotateKeyOnDemand',
    { KeyId: key.id },
    'LimitExceededException',
    `The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: ${key.arn}`,
  )
  assert.equal(await currentMaterial(key), last)
  const listed = await rotationsOf(key)
  assert.deepEqual(new Set(listed.map(entry => entry.RotationType)), new Set(['ON_DEMAND']))
  await decrypts(blob, first)
  // Automatic rotations do not count, and continue.
  await passDays(91)
  assert.notEqual(await currentMaterial(key), last)
  assert.equal((await rotationsOf(key)).length, 26)
})

test('a rotation on demand is refused within 20 minutes of an automatic one', async () => {
  const key = await makeKey(admin)
  await admin.sdk.enableKeyRotation({ KeyId: key.id, RotationPeriodInDays: 90 })
  await advance(keyward, 90 * daySeconds - 25 * 60)
  await admin.sdk.rotateKeyOnDemand({ KeyId: key.id })
  const material = await currentMaterial(key)
  await advance(keyward, 10 * 60)
  await admin.isRefused('RotateKeyOnDemand', { KeyId: key.id }, 'ConflictException')
  assert.equal(await currentMaterial(key), material)
  await advance(keyward, 20 * 60)
  assert.notEqual(await currentMaterial(key), material)
  await admin.sdk.rotateKeyOnDemand({ KeyId: key.id })
})

test('a disabled key does not rotate; it rotates when it is enabled, if a rotation is due', async () => {
  const key = await makeKey(admin)
  const first = await currentMaterial(key)
  await admin.sdk.enableKeyRotation({ KeyId: key.id, RotationPeriodInDays: 90 })
  await admin.sdk.disableKey({ KeyId: key.id })
  const disabled = ['DisabledException', `${key.arn} is disabled.`] as const
  for (const operation of ['EnableKeyRotation', 'DisableKeyRotation', 'RotateKeyOnDemand']) {
    await admin.isRefused(operation, { KeyId: key.id }, ...disabled)
  }
  await passDays(200)
  assert.equal(await currentMaterial(key), first)
  assert.equal((await statusOf(key)).on, true)
  await admin.sdk.enableKey({ KeyId: key.id })
  // "AWS KMS rotates it immediately" (API reference, GetKeyRotationStatus).
  assert.notEqual(await currentMaterial(key), first)
  assert.deepEqual(
    (await rotationsOf(key)).map(entry => entry.RotationType),
    ['AUTOMATIC'],
  )
  near((await statusOf(key)).next, (await timeAt(keyward)) + 90 * dayMillis)
  await admin.sdk.rotateKeyOnDemand({ KeyId: key.id })
  assert.equal((await rotationsOf(key)).length, 2)
})

test('enabling a key after its rotation was due rotates it, on record; enabling it before does not', async () => {
  const key = await makeKey(admin)
  await admin.sdk.enableKeyRotation({ KeyId: key.id, RotationPeriodInDays: 90 })
  await passDays(80)
  for (const days of [1, 30]) {
    await admin.sdk.disableKey({ KeyId: key.id })
    await passDays(days)
    await admin.sdk.enableKey({ KeyId: key.id })
    assert.equal((await rotationsOf(key)).length, days === 1 ? 0 : 1)
  }
  const records = readAuditRecords(keyward.dataDirectory).filter(
    record => record['eventName'] === 'RotateKey',
  )
  assert.equal(records.filter(record => JSON.stringify(record).includes(key.id)).length, 1)
})

test('a key pending deletion shows rotation off and does not rotate; cancelling restores the schedule', async () => {
  const key = await makeKey(admin)
  const first = await currentMaterial(key)
  await admin.sdk.enableKeyRotation({ KeyId: key.id, RotationPeriodInDays: 90 })
  const before = await statusOf(key)
  await passDays(80)
  await admin.sdk.scheduleKeyDeletion({ KeyId: key.id, PendingWindowInDays: 30 })
  assert.deepEqual(await statusOf(key), { on: false, period: undefined, next: undefined })
  for (const operation of ['EnableKeyRotation', 'DisableKeyRotation', 'RotateKeyOnDemand']) {
    await admin.isRefused(operation, { KeyId: key.id }, 'KMSInvalidStateException')
  }
  await passDays(20)
  assert.equal(await currentMaterial(key), first)
  await admin.sdk.cancelKeyDeletion({ KeyId: key.id })
  assert.deepEqual(await statusOf(key), before)
  await admin.sdk.enableKey({ KeyId: key.id })
  assert.notEqual(await currentMaterial(key), first)
})
