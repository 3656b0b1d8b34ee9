import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { base64, type TestCaller } from '../../fixtures/caller.ts'
import { temporaryDirectory } from '../../fixtures/keyward-process.ts'
import { refusedStart } from '../../fixtures/refused-start.ts'
import { duringSeed, writeSeed } from '../../fixtures/seed.ts'
import {
  callerOf,
  fullSeed,
  keyId,
  keyPolicy,
  lineOf,
  newId,
  otherId,
  startSeeded,
  stateOf,
} from './full-seed.ts'

// A server applies a seed file again to a data directory on which an earlier start has applied it.

describe('the same seed again', () => {
  const dataDirectory = temporaryDirectory()
  const during = <T>(text: string, use: (alice: TestCaller) => Promise<T>) =>
    duringSeed(text, { dataDirectory }, server => use(callerOf(server, 'alice')))

  test('changes nothing', async () => {
    const first = await during(fullSeed, async alice => ({
      state: await stateOf(alice),
      blob: (await alice.answer('Encrypt', { KeyId: keyId, Plaintext: base64('x') }))['CiphertextBlob'],
    }))
    await during(fullSeed, async alice => {
      assert.deepEqual(await stateOf(alice), first.state)
      await alice.answer('Decrypt', { CiphertextBlob: first.blob })
    })
  })

  test('keeps the changes that clients have made since', async () => {
    const changed = await during(fullSeed, async alice => {
      await alice.sdk.updateKeyDescription({ KeyId: keyId, Description: 'changed' })
      await alice.sdk.tagResource({ KeyId: keyId, Tags: [{ TagKey: 'team', TagValue: 'red' }] })
      await alice.sdk.untagResource({ KeyId: keyId, TagKeys: ['empty'] })
      await alice.sdk.putKeyPolicy({ KeyId: keyId, Policy: `${keyPolicy} ` })
      await alice.sdk.scheduleKeyDeletion({ KeyId: keyId })
      await alice.sdk.enableKey({ KeyId: otherId })
      await alice.sdk.updateAlias({ AliasName: 'alias/bills', TargetKeyId: otherId })
      return await stateOf(alice)
    })
    await during(fullSeed, async alice => {
      assert.deepEqual(await stateOf(alice), changed)
      assert.equal((await alice.sdk.describeKey({ KeyId: otherId })).KeyMetadata?.KeyState, 'Enabled')
      await alice.sdk.cancelKeyDeletion({ KeyId: keyId })
      await alice.sdk.enableKey({ KeyId: keyId })
    })
  })

  const conflicts: Readonly<Record<string, readonly [from: string, to: string, line: string]>> = {
    'different key material': ['AAECAwQ', 'BBECAwQ', `- id: ${keyId}`],
    'a different secret of a root access key': ['secret of root', 'other', '- { id: AKIAROOT'],
    'a different secret of a user': ['secret of alice', 'other', '- id: AKIAALICE'],
    'a different session token': ['a-token', 'b-token', '- { id: ASIAALICE'],
    'a different expiry of a temporary key': ['2099', '2098', '- { id: ASIAALICE'],
    'an access key of a different user': ['- name: alice', '- name: bob', '- id: AKIAALICE'],
    'a new description for a key whose description a client has changed': [
      'description: orders',
      'description: v2',
      `- id: ${keyId}`,
    ],
    'an alias of a different key': [
      `- id: ${otherId}`,
      `- id: ${otherId}\n        aliases: [alias/orders]`,
      '[alias/orders]',
    ],
  }
  for (const [what, [from, to, line]] of Object.entries(conflicts)) {
    test(`with ${what} is a conflict: the server names the line and applies nothing`, async () => {
      assert.ok(fullSeed.includes(from))
      const text = fullSeed.replace(from, to).replace('    keys:\n', `    keys:\n      - id: ${newId}\n`)
      const path = writeSeed(text)
      const said = await refusedStart({ dataDirectory, flags: ['--seed', path] })
      assert.ok(said.startsWith(`keyward: ${path}:${lineOf(text, line)}: `), said)
      assert.equal(said.trimEnd().split('\n').length, 1, said)
      for (const secret of ['the secret of', 'AECAwQ', 'a-token', 'temporary'])
        assert.ok(!said.includes(secret), said)
    })
  }

  test('still applies after all these conflicts, which have left no trace', () =>
    during(fullSeed, async alice => {
      await alice.isRefused('DescribeKey', { KeyId: newId }, 'NotFoundException')
      const { metadata, targets } = await stateOf(alice)
      assert.equal(metadata?.Description, 'changed')
      assert.deepEqual(targets, { 'alias/orders': keyId, 'alias/bills': otherId })
    }))

  test('with an edit where no client has changed anything applies the edit', async () => {
    const edited = fullSeed
      .replace('kms:*", Resource', 'kms:Describe*", Resource')
      .replace(`- id: ${otherId}`, `- id: ${otherId}\n        tags: { edited: "yes" }`)
    const fresh = temporaryDirectory()
    const first = await startSeeded(fullSeed, fresh)
    await first.stop()
    const second = await startSeeded(edited, fresh)
    const alice = callerOf(second, 'alice')
    assert.equal((await alice.sdk.describeKey({ KeyId: otherId })).KeyMetadata?.KeyId, otherId)
    await alice.isRefused('ListKeys', {}, 'AccessDeniedException')
    await second.stop()
    const third = await startSeeded(fullSeed, fresh)
    const { Tags } = await callerOf(third, 'alice').sdk.listResourceTags({ KeyId: otherId })
    assert.deepEqual(Tags, [])
    await third.stop()
  })

  test('with a new key creates that key', () =>
    during(
      fullSeed.replace('    keys:\n', `    keys:\n      - { id: ${newId}, aliases: [alias/new] }\n`),
      async alice => {
        const { KeyMetadata } = await alice.sdk.describeKey({ KeyId: 'alias/new' })
        assert.equal(KeyMetadata?.KeyId, newId)
        assert.equal((await stateOf(alice)).metadata?.Description, 'changed')
      },
    ))
})
