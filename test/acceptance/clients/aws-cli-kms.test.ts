import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { base64, makeKey, TestCaller, type TestKey } from '../../fixtures/caller.ts'
import { type KeywardProcess, startKeyward } from '../../fixtures/keyward-process.ts'
import { cliDirectory, envLinesOf, runAwsCli, skipWithoutAwsCli } from './aws-cli.ts'

const account = '000000000000'
const policy = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Principal: { AWS: account }, Action: 'kms:*', Resource: '*' },
})

describe('the AWS CLI uses KMS, with the lines of keyward env', { skip: skipWithoutAwsCli }, () => {
  let keyward: KeywardProcess
  let shellLines: string
  let key: TestKey
  let other: TestKey
  const called = new Set<string>()

  before(async () => {
    keyward = await startKeyward()
    shellLines = await envLinesOf(keyward)
  })
  after(() => keyward.stop())

  function aws(operation: string, ...args: string[]): Promise<Record<string, unknown>> {
    called.add(operation)
    return runAwsCli(['kms', operation, ...args], { shellLines })
  }

  /** The argument that names a file with these bytes. Both versions of the CLI read it as bytes. */
  function file(name: string, content: string | Uint8Array): string {
    const path = join(cliDirectory, name)
    writeFileSync(path, content)
    return `fileb://${path}`
  }

  const blobFile = (name: string, answer: Record<string, unknown>) =>
    file(name, Buffer.from(String(answer['CiphertextBlob']), 'base64'))

  async function describedState(): Promise<unknown> {
    const { KeyMetadata } = await new TestCaller(keyward).sdk.describeKey({ KeyId: key.id })
    return KeyMetadata?.KeyState
  }

  test('makes and lists keys, and random bytes', async () => {
    other = await makeKey(new TestCaller(keyward))
    const [made, random] = await Promise.all([
      aws('create-key', '--description', 'by the CLI', '--tags', 'TagKey=made,TagValue=cli'),
      aws('generate-random', '--number-of-bytes', '24'),
    ])
    const { KeyId: id = '', Arn: arn = '', Description } = made['KeyMetadata'] as Record<string, string>
    key = { id, arn }
    assert.equal(Description, 'by the CLI')
    assert.equal(Buffer.from(String(random['Plaintext']), 'base64').length, 24)
    const { Keys } = await aws('list-keys', '--page-size', '1')
    const ids = (Keys as { KeyId: string }[]).map(({ KeyId }) => KeyId)
    assert.deepEqual(ids.sort(), [key.id, other.id].sort())
  })

  test('describes and changes a key', async () => {
    const named = ['--key-id', key.id]
    await Promise.all([
      aws('create-alias', '--alias-name', 'alias/cli', '--target-key-id', key.id),
      aws('tag-resource', ...named, '--tags', 'TagKey=a,TagValue=1', 'TagKey=b,TagValue=2'),
      aws('update-key-description', ...named, '--description', 'changed'),
      aws('put-key-policy', ...named, '--policy-name', 'default', '--policy', policy),
    ])
    const [described, aliases, stored, names] = await Promise.all([
      aws('describe-key', '--key-id', 'alias/cli'),
      aws('list-aliases', '--key-id', key.id),
      aws('get-key-policy', ...named, '--policy-name', 'default'),
      aws('list-key-policies', ...named),
      aws('untag-resource', ...named, '--tag-keys', 'a', 'made'),
    ])
    const metadata = described['KeyMetadata'] as Record<string, unknown>
    assert.deepEqual([metadata['Arn'], metadata['Description']], [key.arn, 'changed'])
    const [alias] = aliases['Aliases'] as Record<string, unknown>[]
    assert.deepEqual([alias?.['AliasName'], alias?.['TargetKeyId']], ['alias/cli', key.id])
    assert.equal(stored['Policy'], policy)
    assert.deepEqual(names['PolicyNames'], ['default'])
    const { Tags } = await aws('list-resource-tags', ...named)
    assert.deepEqual(Tags, [{ TagKey: 'b', TagValue: '2' }])
  })

  test('encrypts, decrypts and makes data keys', async () => {
    const context = ['--encryption-context', 'order=7,team=blue']
    const [encrypted, data, sealed] = await Promise.all([
      aws('encrypt', '--key-id', 'alias/cli', '--plaintext', file('plaintext', 'secret\n'), ...context),
      aws('generate-data-key', '--key-id', key.arn, '--key-spec', 'AES_256'),
      aws('generate-data-key-without-plaintext', '--key-id', key.id, '--number-of-bytes', '64'),
    ])
    assert.equal(encrypted['KeyId'], key.arn)
    const [opened, moved] = await Promise.all([
      aws('decrypt', '--ciphertext-blob', blobFile('encrypted', encrypted), ...context),
      aws('re-encrypt', '--ciphertext-blob', blobFile('data', data), '--destination-key-id', other.id),
    ])
    assert.equal(opened['Plaintext'], base64('secret\n'))
    assert.equal(moved['KeyId'], other.arn)
    const [unmoved, unsealed] = await Promise.all([
      aws('decrypt', '--ciphertext-blob', blobFile('moved', moved)),
      aws('decrypt', '--ciphertext-blob', blobFile('sealed', sealed)),
    ])
    assert.equal(unmoved['Plaintext'], data['Plaintext'])
    assert.equal(Buffer.from(String(unsealed['Plaintext']), 'base64').length, 64)
  })

  test('moves and deletes an alias, and schedules the deletion of a key', async () => {
    const named = ['--key-id', key.id]
    await aws('update-alias', '--alias-name', 'alias/cli', '--target-key-id', other.id)
    await Promise.all([aws('disable-key', ...named), aws('delete-alias', '--alias-name', 'alias/cli')])
    assert.equal(await describedState(), 'Disabled')
    await aws('enable-key', ...named)
    assert.equal(await describedState(), 'Enabled')
    const scheduled = await aws('schedule-key-deletion', ...named, '--pending-window-in-days', '7')
    assert.deepEqual([scheduled['KeyId'], scheduled['KeyState']], [key.arn, 'PendingDeletion'])
    assert.deepEqual(await aws('cancel-key-deletion', ...named), { KeyId: key.arn })
    assert.equal(await describedState(), 'Disabled')
  })

  test('reports errors with their names and texts', async () => {
    await assert.rejects(
      aws('encrypt', '--key-id', key.id, '--plaintext', file('plaintext', 'x')),
      (error: { stderr: string }) => {
        assert.match(error.stderr, /\(DisabledException\) when calling the Encrypt operation: /)
        assert.ok(error.stderr.includes(`${key.arn} is disabled.`))
        return true
      },
    )
  })

  test('has called each of the 24 operations in these tests', () => assert.equal(called.size, 24))
})
