import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accounts, all, holdEveryDatabase, home, same, tag } from './databases.test.ts'
import type { Writer } from './store.ts'
import { chainOf, cursorOf, headOf, signingKeyOf, trailOf, wholeChainOf } from './trail-rows.test.ts'

// The promises of trails.ts and audit-cursors.ts.

const account = home.accountId
const elsewhere = accounts[1] ?? ''

holdEveryDatabase('trails', on => {
  const write = (work: (writer: Writer) => Promise<void>) => on.store.write(work)

  test('a trail is found by exactly its name and home Region, with all that it has', async () => {
    const trail = trailOf('Logs', {
      s3KeyPrefix: 'a/b',
      kmsKeyArn: 'arn:aws:kms:us-east-1:000000000000:key/k',
      isMultiRegionTrail: true,
      logFileValidationEnabled: true,
      recursiveLogging: false,
      selectors: {
        kind: 'advanced',
        selectors: [{ name: 'n', fieldSelectors: [{ field: 'readOnly', equals: ['true'] }] }],
      },
      isLogging: true,
      loggingStartedAt: 3,
      loggingStoppedAt: 2,
      tags: [tag('ключ', '')],
    })
    await write(writer => writer.trails.insert(trail))
    await on.reopen()
    const { trails } = on.store.reader
    same(await trails.find(account, home.region, 'Logs'), trail)
    assert.equal(await trails.find(account, home.region, 'logs'), undefined)
    assert.equal(await trails.find(account, 'eu-central-1', 'Logs'), undefined)
    assert.equal(await trails.find(elsewhere, home.region, 'Logs'), undefined)
    await assert.rejects(write(writer => writer.trails.insert(trailOf('Logs', { trailId: 'other' }))))
    const changed = trailOf('Logs', { s3BucketName: 'other' })
    await write(writer => writer.trails.update(changed))
    same(await on.store.reader.trails.find(account, home.region, 'Logs'), changed)
    await write(writer => writer.trails.delete(changed))
    assert.equal(await on.store.reader.trails.find(account, home.region, 'Logs'), undefined)
  })

  test('trails are listed by account, by name, and all together in pages', async () => {
    const abroad = trailOf('b', { trailId: '1', homeRegion: 'eu-central-1' })
    const ours = [trailOf('b', { trailId: '3' }), trailOf('a', { trailId: '4' })]
    const theirs = trailOf('a', { trailId: '2', accountId: elsewhere })
    await write(async writer => {
      for (const trail of [...ours, abroad, theirs]) await writer.trails.insert(trail)
    })
    const { trails } = on.store.reader
    same(await trails.list(account), [ours[1], abroad, ours[0]])
    same(await trails.list(elsewhere), [theirs])
    const first = await trails.listAll({ after: undefined, limit: 3 })
    same(first.items, [abroad, theirs, ours[0]])
    same(await trails.listAll({ after: first.next, limit: 3 }), { items: [ours[1]], next: undefined })
  })

  test('a chain is replaced whole, and outlives its trail', async () => {
    const whole = wholeChainOf('t')
    await write(writer => writer.trailChains.put(chainOf('t')))
    await write(writer => writer.trailChains.put(whole))
    await write(writer => writer.trailChains.put(chainOf('t', 'eu-central-1')))
    await write(writer => writer.trailChains.put(chainOf('u')))
    await on.reopen()
    const { trailChains } = on.store.reader
    same(await trailChains.find('t', home.region), whole)
    same(await trailChains.list('t'), [chainOf('t', 'eu-central-1'), whole])
    await write(writer => writer.trailChains.delete(whole))
    same(await on.store.reader.trailChains.list('t'), [chainOf('t', 'eu-central-1')])
    same(await on.store.reader.trailChains.list('u'), [chainOf('u')])
  })

  test('the chains that are due are listed, those that wait longest first', async () => {
    const due = [5, 3, 4, 6].map(dueAt => chainOf(`t${dueAt}`, home.region, { dueAt }))
    await write(async writer => {
      for (const chain of [...due, chainOf('idle')]) await writer.trailChains.put(chain)
    })
    const ids = async (now: number, limit: number) =>
      (await on.store.reader.trailChains.listDue(now, limit)).map(({ trailId }) => trailId)
    assert.deepEqual(await ids(5, 10), ['t3', 't4', 't5'])
    assert.deepEqual(await ids(9, 2), ['t3', 't4'])
    assert.deepEqual(await ids(2, 2), [])
    const twins = ['u', 's4'].map(trailId => chainOf(trailId, 'eu-central-1', { dueAt: 4 }))
    twins.push(chainOf('t4', 'eu-central-1', { dueAt: 4 }))
    await write(async writer => {
      for (const chain of twins) await writer.trailChains.put(chain)
    })
    const places: string[] = []
    const { trailChains } = on.store.reader
    for (let page = await trailChains.listDue(5, 1); page.length > 0; ) {
      places.push(...page.map(({ trailId, region }) => `${trailId} ${region}`))
      page = await trailChains.listDue(5, 1, page.at(-1))
    }
    const order = [
      't3 us-east-1',
      's4 eu-central-1',
      't4 eu-central-1',
      't4 us-east-1',
      'u eu-central-1',
      't5 us-east-1',
    ]
    assert.deepEqual(places, order)
  })

  test('signing keys are listed by purpose and Region, the oldest first', async () => {
    const later = signingKeyOf('a', { validFrom: 1_796_000_000_000 })
    const others = [
      signingKeyOf('x', { purpose: 'head', keySpec: 'ECC_NIST_EDWARDS25519' }),
      signingKeyOf('y', { region: 'eu-central-1' }),
    ]
    await write(async writer => {
      for (const key of [later, signingKeyOf('b'), ...others]) await writer.signingKeys.insert(key)
    })
    await on.reopen()
    const { signingKeys } = on.store.reader
    same(await signingKeys.list('digest', home.region), [signingKeyOf('b'), later])
    same(await signingKeys.list('head', home.region), [others[0]])
    await assert.rejects(write(writer => writer.signingKeys.insert(signingKeyOf('b'))))
  })

  test('each reader has one cursor in each stream', async () => {
    await write(async writer => {
      await writer.auditCursors.put('sink b', cursorOf('2'))
      await writer.auditCursors.put('sink a', cursorOf('2'))
      await writer.auditCursors.put('sink a', cursorOf('1'))
      await writer.auditCursors.put('sink a', cursorOf('2', 99))
    })
    await on.reopen()
    const { auditCursors } = on.store.reader
    same(await auditCursors.find('sink a'), [cursorOf('1'), cursorOf('2', 99)])
    same(await auditCursors.find('sink'), [])
    same(await auditCursors.list(), [
      { name: 'sink a', cursor: cursorOf('1') },
      { name: 'sink a', cursor: cursorOf('2', 99) },
      { name: 'sink b', cursor: cursorOf('2') },
    ])
    await write(writer => writer.auditCursors.delete('sink a'))
    same(await on.store.reader.auditCursors.list(), [{ name: 'sink b', cursor: cursorOf('2') }])
  })

  test('witnessed heads are found by account, stream and number, and never replaced', async () => {
    const heads = [9, 10, 11].map(number => headOf(number))
    await write(async writer => {
      for (const head of heads) await writer.witnessedHeads.insert(head)
      await writer.witnessedHeads.insert(headOf(12, { stream: 'other' }))
      await writer.witnessedHeads.insert(headOf(12, { accountId: elsewhere }))
    })
    await on.reopen()
    const { witnessedHeads } = on.store.reader
    same(await witnessedHeads.find(account, 's', 10), heads[1])
    assert.equal(await witnessedHeads.find(account, 's', 12), undefined)
    same(await witnessedHeads.findLast(account, 's'), heads[2])
    assert.equal(await witnessedHeads.findLast(account, 'none'), undefined)
    same(await witnessedHeads.findLast(account, 's', 2), heads[0])
    assert.equal(await witnessedHeads.findLast(account, 's', 3), undefined)
    same(await witnessedHeads.listStreams(account, 9), ['other', 's'])
    same(await witnessedHeads.listStreams(account, 1), ['other'])
    same(await witnessedHeads.listStreams(elsewhere, 9), ['s'])
    same((await witnessedHeads.list(account, 's', all)).items, heads)
    const first = await witnessedHeads.list(account, 's', { after: undefined, limit: 1 })
    same(first, { items: [heads[0]], next: '9' })
    same((await witnessedHeads.list(account, 's', { after: first.next, limit: 1 })).items, [heads[1]])
    const forged = headOf(10, { chain: '0'.repeat(64) })
    await assert.rejects(write(writer => writer.witnessedHeads.insert(forged)))
  })
})
