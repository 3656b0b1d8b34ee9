import assert from 'node:assert/strict'
import { createReadStream, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { makeKey, TestCaller } from '../../fixtures/caller.ts'
import { callSigned } from '../../fixtures/clients.ts'
import { type KeywardProcess, startKeyward, temporaryDirectory } from '../../fixtures/keyward-process.ts'
import { writeSeed } from '../../fixtures/seed.ts'

let keyward: KeywardProcess
let admin: TestCaller
before(async () => {
  keyward = await startKeyward()
  admin = new TestCaller(keyward)
})
after(() => keyward.stop())

test('a request with very many violations is answered shortly', async () => {
  const Tags = Array.from({ length: 300_000 }, () => ({}))
  const { status, text } = await callSigned(keyward, 'TagResource', JSON.stringify({ KeyId: 'x', Tags }))
  assert.equal(status, 400)
  assert.match(text, /ValidationException/)
  assert.ok(text.length < 50_000, `${text.length} characters`)
})

test('however many tags are to go, those go that are there', async () => {
  const { id: KeyId } = await makeKey(admin, {
    Tags: [
      { TagKey: 'owner', TagValue: 'me' },
      { TagKey: 'kept', TagValue: 'v' },
    ],
  })
  const TagKeys = ['owner', ...Array.from({ length: 40_000 }, (_, i) => `z${i}`)]
  await admin.answersNothing('UntagResource', { KeyId, TagKeys })
  assert.deepEqual((await admin.sdk.listResourceTags({ KeyId })).Tags, [{ TagKey: 'kept', TagValue: 'v' }])
})

test('a key policy with a policy variable that cannot be read is refused', async () => {
  const { id: KeyId } = await makeKey(admin)
  const { Policy = '' } = await admin.sdk.getKeyPolicy({ KeyId })
  const deny = { Effect: 'Deny', Principal: '*', Action: 'kms:*', Resource: `*/${'$'}{aws:username` }
  const document = JSON.parse(Policy) as { Statement: unknown[] }
  const changed = JSON.stringify({ ...document, Statement: [...document.Statement, deny] })
  await admin.isRefused('PutKeyPolicy', { KeyId, Policy: changed }, 'MalformedPolicyDocumentException')
  assert.equal((await admin.sdk.getKeyPolicy({ KeyId })).Policy, Policy)
})

test('a record is one line to readers that end lines at other characters too', async () => {
  await makeKey(admin, { Description: 'a\u2028b\u2029c\u0085d' })
  const directory = join(keyward.dataDirectory, 'audit')
  const [name = ''] = readdirSync(directory)
  const records: Record<string, unknown>[] = []
  for await (const line of createInterface({ input: createReadStream(join(directory, name)) })) {
    records.push(JSON.parse(line) as Record<string, unknown>)
  }
  const told = records.map(
    record => (record['requestParameters'] as { description?: string } | null)?.description,
  )
  assert.ok(told.includes('a\u2028b\u2029c\u0085d'))
})

test('an edited seed does not call off a deletion', async () => {
  const keyId = '1234abcd-12ab-34cd-56ef-1234567890ab'
  const seedOf = (description: string) =>
    writeSeed(
      `accounts:\n  - id: "111122223333"\n    root:\n      accessKeys: [{ id: AKIAROOT, secret: s }]\n    keys:\n      - { id: ${keyId}, enabled: false, description: ${description} }\n`,
    )
  const dataDirectory = temporaryDirectory()
  const first = await startKeyward({ dataDirectory, flags: ['--seed', seedOf('one')] })
  const credentials = { accessKeyId: 'AKIAROOT', secretAccessKey: 's' }
  const { status } = await callSigned(first, 'ScheduleKeyDeletion', JSON.stringify({ KeyId: keyId }), {
    credentials,
  })
  assert.equal(status, 200)
  await first.stop()
  await assert.rejects(
    startKeyward({ dataDirectory, flags: ['--seed', seedOf('two')] }),
    /differs from the existing key/,
  )
  const again = await startKeyward({ dataDirectory, flags: ['--seed', seedOf('one')] })
  const described = await callSigned(again, 'DescribeKey', JSON.stringify({ KeyId: keyId }), { credentials })
  assert.equal((described.json['KeyMetadata'] as { KeyState: string }).KeyState, 'PendingDeletion')
  await again.stop()
})
