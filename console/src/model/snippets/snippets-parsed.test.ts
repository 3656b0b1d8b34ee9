import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { hostileText } from '../../../test/fixtures/hostile-text.ts'
import { runs } from '../../../test/fixtures/run-snippets.ts'
import { utf8 } from '../../../test/fixtures/snippet-calls.ts'
import {
  parseGo,
  parseJava,
  parseRust,
  readRustLiterals,
  shellWords,
} from '../../../test/fixtures/snippet-parsers.ts'
import { textOf } from '../bytes/printable.ts'
import { literals } from './literals.ts'
import { type SnippetCall, snippetForms } from './snippets.ts'

// Snippets are read by the parsers of their languages: a hostile text stays one literal, or one word of a shell, with exactly this text.

const sample = <T>(texts: fc.Arbitrary<T>, count: number) => fc.sample(texts, { numRuns: count, seed: 17 })
const hostileTexts = sample(hostileText, 300)
const wellFormed = hostileTexts.map(text => text.toWellFormed())

/** Calls with hostile texts in every place. */
const hostileCalls: readonly SnippetCall[] = sample(
  fc.record({
    KeyId: hostileText,
    Plaintext: hostileText.map(utf8),
    EncryptionContext: fc.dictionary(hostileText, hostileText, { minKeys: 1, maxKeys: 3 }),
    EncryptionAlgorithm: hostileText,
    GrantTokens: fc.array(hostileText, { minLength: 1, maxLength: 3 }),
    // Arguments of a program have no character with the code 0. Regions and addresses have none either.
    region: hostileText.map(text => text.replaceAll('\0', '-')),
    endpoint: hostileText.map(text => text.replaceAll('\0', '-')),
  }),
  40,
).map(({ region, endpoint, ...input }) => ({ operation: 'Encrypt', region, endpoint, input }))

/** The texts that the literals of a call must have. */
function textsOf({ input, region, endpoint }: SnippetCall): string[] {
  const plaintext = input['Plaintext'] as Uint8Array
  const texts = [
    ...[region, endpoint, input['KeyId'], input['EncryptionAlgorithm']].map(String),
    textOf(plaintext) ?? Buffer.from(plaintext).toString('base64'),
    ...Object.entries(input['EncryptionContext'] as Record<string, string>).flat(),
    ...(input['GrantTokens'] as string[]),
  ]
  return texts.map(text => text.toWellFormed()).sort()
}

describe('snippets are read by the parsers of their languages', () => {
  test('in a shell, where each value is one word', async () => {
    const scripts = hostileCalls.map(call => snippetForms.cli.write(call))
    const words = await shellWords(scripts)
    assert.equal(words.length, scripts.length)
    for (const [index, call] of hostileCalls.entries()) {
      const { region, endpoint, input } = call
      const found = optionsOf(words[index] ?? [])
      const plaintext = Buffer.from(input['Plaintext'] as Uint8Array)
      assert.equal(found.get('--plaintext'), plaintext.toString('base64'))
      assert.deepEqual(
        JSON.parse(found.get('--encryption-context') ?? ''),
        wellFormedMap(input['EncryptionContext'] as Record<string, string>),
      )
      const inJson = JSON.parse(found.get('--cli-input-json') ?? '{}')
      for (const [name, option] of [
        ['KeyId', '--key-id'],
        ['EncryptionAlgorithm', '--encryption-algorithm'],
      ] as const)
        assert.equal(inJson[name] ?? found.get(option), String(input[name]).toWellFormed())
      const grants = found.get('--grant-tokens') ?? ''
      const tokens = (input['GrantTokens'] as string[]).map(text => text.toWellFormed())
      assert.deepEqual(grants.startsWith('[') ? JSON.parse(grants) : grants.split(' '), tokens)
      assert.equal(found.get('--region'), region.toWellFormed())
      assert.equal(found.get('--endpoint-url'), endpoint.toWellFormed())
    }
  })

  const skipsGo = runs('go', 'version') ? false : 'go was not found on the PATH'
  test('in Go, as gofmt writes it', { skip: skipsGo }, async () => {
    const { literals: found, changed } = await parseGo(hostileCalls.map(call => snippetForms.go.write(call)))
    assert.equal(changed, '')
    for (const [index, call] of hostileCalls.entries()) assert.deepEqual(found[index]?.sort(), textsOf(call))
  })
  const skipsJava = runs('javac', '-version') ? false : 'javac was not found on the PATH'
  test('in Java', { skip: skipsJava }, async () => {
    const found = await parseJava(hostileCalls.map(call => snippetForms.java.write(call)))
    for (const [index, call] of hostileCalls.entries()) assert.deepEqual(found[index]?.sort(), textsOf(call))
  })

  const skipsRust = runs('rustfmt', '--version') ? false : 'rustfmt was not found on the PATH'
  test('in Rust', { skip: skipsRust }, async () => {
    await parseRust(hostileCalls.map(call => snippetForms.rust.write(call)))
    assert.deepEqual(await readRustLiterals(wellFormed.map(literals.rust)), wellFormed)
  })

  test('in C#, by the grammar of its regular string literals', () => {
    for (const text of wellFormed) {
      const literal = literals.dotnet(text)
      // C# language specification, 6.4.5.6; the units of JSON are those of C#.
      assert.match(
        literal,
        /^"(?:[^"\\\r\n\u0085\u2028\u2029]|\\["\\nrt]|\\u[0-9a-f]{4}|\\U00[0-9a-f]{6})*"$/u,
      )
      const short = literal.replaceAll(/\\U([0-9a-f]{8})/g, (_, code) =>
        String.fromCodePoint(Number.parseInt(code, 16)),
      )
      assert.equal(JSON.parse(short), text)
    }
  })

  test('no literal has a character that changes how the code looks', () => {
    for (const write of Object.values(literals))
      for (const text of wellFormed) assert.match(write(text), /^[^\p{C}\p{Zl}\p{Zp}]*$/u)
  })
})

const wellFormedMap = (map: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(map).map(entry => entry.map(text => text.toWellFormed())))

/** The options of a command, with their values; each as the AWS CLI splits them. */
function optionsOf([service, operation, ...words]: readonly string[]): Map<string, string> {
  assert.deepEqual([service, operation], ['kms', 'encrypt'])
  const found = new Map<string, string>()
  for (let at = 0; at < words.length; at++) {
    const [, name = '', joined] = /^(--[a-z-]+)(?:=(.*))?$/s.exec(words[at] ?? '') ?? assert.fail(words[at])
    const values = joined === undefined ? [words[++at] ?? assert.fail(name)] : [joined]
    while (name === '--grant-tokens' && at + 1 < words.length && !words[at + 1]?.startsWith('--'))
      values.push(words[++at] ?? '')
    found.set(name, values.join(' '))
  }
  return found
}
