import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { makeKey, TestCaller } from '../../../../test/fixtures/caller.ts'
import { administratorOf } from '../../../../test/fixtures/clients.ts'
import { testServer } from '../../../../test/fixtures/test-server.ts'
import { hostileText } from '../../../test/fixtures/hostile-text.ts'
import {
  isKnownToCli,
  isKnownToPython,
  lacksBoto,
  lacksCli,
  snippetDirectory,
} from '../../../test/fixtures/run-snippets.ts'
import { longText, snippetCases, utf8 } from '../../../test/fixtures/snippet-calls.ts'
import { partsOf } from './members.ts'
import { type SnippetCall, snippetForms } from './snippets.ts'

// Snippets run as they are, with the SDKs and the AWS CLI, against a server.

describe('snippets run', async () => {
  const server = await testServer()
  const admin = new TestCaller(server)
  const cases = await snippetCases(admin)
  const directory = snippetDirectory(administratorOf(server))
  directory.write('plaintext.bin', longText)
  const place = { region: 'us-east-1', endpoint: server.url }
  const { id: key } = await makeKey(admin)

  const languages = [
    { form: 'javascript', command: process.execPath, runner: 'run.mjs', ending: 'mjs', skip: false },
    { form: 'python', command: 'python3', runner: 'run.py', ending: 'py', skip: lacksBoto },
  ] as const

  const texts = fc.tuple(hostileText, hostileText, hostileText)
  /** Calls of Encrypt with hostile texts wherever the server takes any text. */
  const hostileCalls = (count: number) =>
    [['x', '__proto__', 'y'] as const, ...fc.sample(texts, { numRuns: count, seed: 17 })].map(
      ([plaintext, name, value]): SnippetCall => ({
        ...place,
        operation: 'Encrypt',
        input: { KeyId: key, Plaintext: utf8(plaintext), EncryptionContext: { [name]: value, other: name } },
      }),
    )

  /** Asserts that a ciphertext has the plaintext of a call, under its context. */
  async function assertArrived({ input }: SnippetCall, ciphertext: string): Promise<void> {
    const context = Object.entries(input['EncryptionContext'] as Record<string, string>)
    const { Plaintext = [] } = await admin.sdk.decrypt({
      CiphertextBlob: Buffer.from(ciphertext, 'base64'),
      EncryptionContext: Object.fromEntries(
        context.map(([name, value]) => [name.toWellFormed(), value.toWellFormed()]),
      ),
    })
    assert.deepEqual(Buffer.from(Plaintext), Buffer.from(input['Plaintext'] as Uint8Array))
  }

  for (const { form, command, runner, ending, skip } of languages) {
    const runAll = (calls: readonly SnippetCall[], name: string) =>
      directory.runAll(
        command,
        runner,
        calls.map((call, index) =>
          directory.write(`${name}-${index}.${ending}`, snippetForms[form].write(call)),
        ),
      )

    test(`in ${form}, and print the right answers`, { skip }, async () => {
      const some = form === 'python' ? cases.filter(({ operation }) => isKnownToPython(operation)) : cases
      const calls = some.map(({ operation, input }) => ({ ...place, operation, input }))
      const outputs = await runAll(calls, 'call')
      assert.equal(outputs.length, some.length)
      for (const [index, { check }] of some.entries()) {
        const lines = outputs[index]?.trim().split('\n') ?? []
        const { printed } = partsOf(calls[index] as SnippetCall)
        assert.equal(lines.length, printed.length)
        await check(Object.fromEntries(printed.map(({ name }, at) => [name, lines[at]])))
      }
    })

    test(`in ${form} with hostile texts, which arrive as they are`, { skip }, async () => {
      const calls = hostileCalls(60)
      const outputs = await runAll(calls, 'hostile')
      assert.equal(outputs.length, calls.length)
      for (const [index, call] of calls.entries()) await assertArrived(call, outputs[index]?.trim() ?? '')
    })
  }

  test('in the AWS CLI, and print the right answers', { skip: lacksCli }, async () => {
    for (const { operation, input, check } of cases.filter(one => isKnownToCli(one.operation))) {
      const command = snippetForms.cli.write({ ...place, operation, input })
      await check(JSON.parse(await directory.runCli(command)))
    }
  })

  test('in the AWS CLI with hostile texts, which arrive as they are', { skip: lacksCli }, async () => {
    for (const call of hostileCalls(8)) {
      const answer = JSON.parse(await directory.runCli(snippetForms.cli.write(call)))
      await assertArrived(call, answer.CiphertextBlob)
    }
  })

  test('in the AWS CLI with key IDs that look like options and files', { skip: lacksCli }, async () => {
    for (const KeyId of ['-x', '--region', 'file:///etc/hostname', '=a', "it's $HOME"]) {
      const input = { KeyId, Plaintext: utf8('x') }
      const command = snippetForms.cli.write({ ...place, operation: 'Encrypt', input })
      // The server names the ID that it got.
      await assert.rejects(directory.runCli(command), ({ stderr }) => stderr.includes(`'${KeyId}'`), KeyId)
    }
  })
})
