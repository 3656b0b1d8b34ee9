import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { SealBroken } from '../../hsm/index.ts'
import {
  dayMillis,
  domains,
  home,
  hourMillis,
  makeKey,
  minuteMillis,
  sibling,
  start,
  useDomainKeyBench,
} from './bench.test.ts'
import { RotationRefused } from './rotate-domain-keys.ts'

const bench = useDomainKeyBench()
const isRefusal = (code: string, text: RegExp) => (error: Error) =>
  error instanceof RotationRefused && error.code === code && text.test(error.message)
const byDomain = (a: { domain: string }, b: { domain: string }) => (a.domain < b.domain ? -1 : 1)
const all = (version: number, state: string) => domains.map(domain => `${domain} ${version} ${state}`)

test('a rotation brings everything under new domain keys, destroys the old ones, and records it', async () => {
  const { it } = bench
  const before = it.hsm.ring.list()
  const [old] = await it.store.reader.domainKeys.list()
  await it.rotate()
  assert.deepEqual(it.keys().sort(), [...all(1, 'retiring'), ...all(2, 'current')].sort())
  it.time += minuteMillis
  await it.runAll()
  const after = it.hsm.ring.list().filter(({ state }) => state === 'current')
  assert.deepEqual(
    it.keys(),
    ['global 1 retiring', 'global 2 current', ...all(2, 'current').slice(1).sort()].sort(),
  )
  await it.checkWhole()
  it.time = start + 36 * hourMillis
  await it.runAll()
  assert.deepEqual(it.keys().sort(), all(2, 'current').sort())
  assert.equal(await it.progress(), undefined)
  await it.checkWhole()

  const [rotation, ...destructions] = await it.records()
  const facts = (keys: typeof before) =>
    keys.map(({ domain, domainKeyId, version }) => ({ domain, domainKeyId, version })).sort(byDomain)
  assert.equal(rotation?.eventName, 'RotateDomainKeys')
  const { domainKeys, retiringDomainKeyIds } = rotation.serviceEventDetails
  assert.deepEqual(domainKeys?.sort(byDomain), facts(after))
  assert.deepEqual(retiringDomainKeyIds?.sort(), before.map(key => key.domainKeyId).sort())
  const gone = destructions.map(({ serviceEventDetails }) => serviceEventDetails as { domain: string })
  assert.deepEqual(gone.sort(byDomain), facts(before))
  assert.ok(destructions.every(({ eventName }) => eventName === 'DestroyDomainKey'))
  await it.reopen()
  await it.checkWhole()
  for (const name of ['keyward.db', 'keyward.db-wal'])
    assert.ok(!readFileSync(join(it.dataDirectory, name)).includes(Buffer.from(old?.wrapped ?? '')), name)
})

test('a kill after each commit loses nothing', async () => {
  const { it } = bench
  await it.rotate()
  it.time += 36 * hourMillis
  let kills = 0
  let done = -1
  for (; ; kills++) {
    await it.reopen()
    assert.deepEqual(await it.store.integrity.findAlteredDomains(), [])
    const progress = await it.progress()
    if (progress === undefined) break
    assert.ok(kills < 100)
    assert.ok(progress.done >= done || progress.phase !== 'rewrapping')
    done = progress.done
    await it.run()
  }
  assert.ok(kills > 8, `${kills} commits`)
  assert.deepEqual(it.keys().sort(), all(2, 'current').sort())
  await it.checkWhole()
})

test('a commit that fails is undone as a whole, and its work is done again', async t => {
  const { it } = bench
  await it.rotate(home.region)
  it.time += minuteMillis
  const write = it.store.write.bind(it.store)
  let fails = false
  t.mock.method(it.store, 'write', (work: Parameters<typeof write>[0]) =>
    write(async writer => {
      const result = await work(writer)
      fails = !fails
      if (fails) throw new Error('the disk is full')
      return result
    }),
  )
  let failures = 0
  for (; (await it.progress()) !== undefined; )
    await it.run().catch(error => {
      assert.match(String(error), /the disk is full/)
      failures++
    })
  assert.ok(failures > 3, `${failures} failures`)
  assert.deepEqual(
    it.keys().filter(key => key.startsWith(home.region)),
    [`${home.region} 2 current`],
  )
  assert.deepEqual(
    (await it.records()).map(({ eventName }) => eventName),
    ['RotateDomainKeys', 'DestroyDomainKey'],
  )
  await it.checkWhole()
})

test('the old global key opens session tokens for 36 hours, and goes away a minute after its destruction', async () => {
  // STS, GetSessionToken: "The duration ... ranges from 900 seconds (15 minutes) to 129,600 seconds (36 hours)".
  const { it } = bench
  const ofGlobal = () => it.keys().filter(key => key.startsWith('global'))
  const session = it.hsm.wrapSecret('session', Buffer.from('contents'))
  await it.rotate('global')
  it.time = start + 36 * hourMillis - 1
  await it.runAll()
  assert.deepEqual(ofGlobal(), ['global 1 retiring', 'global 2 current'])
  it.time += 1
  await it.runAll()
  assert.deepEqual(ofGlobal(), ['global 2 current'])
  it.time += minuteMillis - 1
  await it.runAll()
  assert.equal(it.hsm.unwrapSecret('session', session).toString(), 'contents')
  it.time += 1
  await it.runAll()
  assert.throws(() => it.hsm.unwrapSecret('session', session), SealBroken)
})

test('a key that was made before the rotation and stored during it is found by the check', async () => {
  const { it } = bench
  const late = await makeKey(it.hsm, 200)
  await it.rotate(home.region)
  await it.runAll()
  assert.deepEqual((await it.progress())?.table, '')
  await it.store.write(writer => writer.keys.insert(late))
  it.time += minuteMillis
  await it.runAll()
  assert.equal(await it.progress(), undefined)
  const stored = await it.store.reader.keys.find(home, late.key.keyId)
  const [token = Buffer.alloc(0)] = stored?.materials.map(({ keyToken }) => keyToken) ?? []
  assert.ok(it.hsm.authenticator.isCurrent(home.region, token ?? Buffer.alloc(0)))
  await it.checkWhole()
})

test('a key that was made before the rotation cannot be stored once the check has begun', async () => {
  const { it } = bench
  const late = await makeKey(it.hsm, 200)
  await it.rotate(home.region)
  await it.runAll()
  it.time += minuteMillis
  await it.run()
  assert.equal((await it.progress())?.phase, 'checking')
  await assert.rejects(
    it.store.write(writer => writer.keys.insert(late)),
    /no longer used/,
  )
  await it.store.write(async writer => writer.keys.insert(await makeKey(it.hsm, 201)))
  await it.runAll()
  assert.equal(await it.progress(), undefined)
  await it.checkWhole()
})

test('the check begins no sooner than a minute after the rotation', async () => {
  const { it } = bench
  await it.rotate(home.region)
  it.time += minuteMillis - 1
  await it.runAll()
  assert.equal((await it.progress())?.phase, 'rewrapping')
  it.time += 1
  await it.runAll()
  assert.equal(await it.progress(), undefined)
})

test('a rotation waits for the end of the one before, but not for the end of session tokens', async () => {
  const { it } = bench
  await it.rotate('global')
  await assert.rejects(
    it.rotate(home.region),
    isRefusal('RewrapUnderWay', /^The domain keys of global .* 0 of \d+ entities/),
  )
  it.time += minuteMillis
  await it.runAll()
  assert.equal((await it.progress())?.phase, 'waiting')
  it.time += dayMillis
  await it.rotate('global', home.region)
  it.time = start + 36 * hourMillis
  await it.runAll()
  // Each global key is destroyed 36 hours after the one that replaced it was made.
  const others = [...domains.slice(2).map(domain => `${domain} 1 current`), `${home.region} 2 current`].sort()
  assert.deepEqual(it.keys().sort(), [...others, 'global 2 retiring', 'global 3 current'].sort())
  it.time = start + minuteMillis + dayMillis + 36 * hourMillis - 1
  await it.runAll()
  assert.equal((await it.progress())?.retiringIds.length, 1)
  it.time += 1
  await it.runAll()
  assert.deepEqual(it.keys().sort(), [...others, 'global 3 current'].sort())
  await it.checkWhole()
})

test('a domain without a domain key is not rotated', async () => {
  const { it } = bench
  await assert.rejects(it.rotate('eu-south-9'), isRefusal('UnknownDomain', /^eu-south-9 has no domain key/))
  assert.deepEqual(await it.records(), [])
})

test('nothing moves before the new domain key is in memory', async () => {
  const { it } = bench
  const { ring } = it.hsm
  const change = await it.store.write(async writer => {
    const made = ring.rotate(it.rootKey, await writer.domainKeys.list(), [sibling.region], it.time)
    await writer.domainKeys.change(made)
    const [retiring] = made.put.filter(({ state }) => state === 'retiring')
    const retiringIds = [retiring?.domainKeyId ?? assert.fail()]
    await writer.rewraps.put(
      await writer.rewraps.begin({ startedAt: it.time, domains: [sibling.region], retiringIds }),
    )
    return made
  })
  const before = await it.progress()
  await it.runAll()
  assert.deepEqual(await it.progress(), before)
  change.apply()
  it.time += minuteMillis
  await it.runAll()
  assert.equal(await it.progress(), undefined)
})
