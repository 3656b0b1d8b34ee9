import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { administratorOf, callSigned, type TestCredentials } from './support/clients.ts'
import { type KeywardProcess, startKeyward, temporaryDirectory } from './support/keyward-process.ts'

// kill -9 under load, again and again on one data directory: what was acknowledged is there, and on record once.

const rounds = 12
const clientsPerRound = 8
const killedAfterMillis = { min: 100, max: 900 }

/** What a client knows of a key that it made. */
interface KnownKey {
  readonly keyId: string
  readonly metadata: unknown
  readonly aliases: string[]
  readonly tags: { TagKey: string; TagValue: string }[]
  /** The one that was acknowledged last, and the one that was not answered. */
  policies: string[]
  readonly ciphertexts: { blob: string; plaintext: string }[]
}

interface AcknowledgedCall {
  readonly requestId: string
  readonly operation: string
}

interface Known {
  readonly keys: KnownKey[]
  readonly calls: AcknowledgedCall[]
  unanswered: number
}

type Send = (operation: string, input: object) => Promise<Record<string, unknown>>

/** Calls that must be answered with success or not at all. */
function sender(keyward: KeywardProcess, credentials: TestCredentials, calls: AcknowledgedCall[]): Send {
  return async (operation, input) => {
    const answer = await callSigned(keyward, operation, JSON.stringify(input), { credentials })
    assert.equal(answer.status, 200, `${operation}: ${answer.text}`)
    calls.push({ requestId: answer.headers.get('x-amzn-requestid') ?? '', operation })
    return answer.json
  }
}

let named = 0
const nextName = () => `name-${++named}`

const policyNamed = (id: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Id: id,
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: 'arn:aws:iam::000000000000:root' },
        Action: 'kms:*',
        Resource: '*',
      },
    ],
  })

/** What a client does with a key; each adds to what is known once it is acknowledged. */
const deeds: readonly ((send: Send, key: KnownKey) => Promise<void>)[] = [
  async (send, { keyId: TargetKeyId, aliases }) => {
    const AliasName = `alias/${nextName()}`
    await send('CreateAlias', { AliasName, TargetKeyId })
    aliases.push(AliasName)
  },
  async (send, { keyId: KeyId, tags }) => {
    const tag = { TagKey: nextName(), TagValue: nextName() }
    await send('TagResource', { KeyId, Tags: [tag] })
    tags.push(tag)
  },
  async (send, key) => {
    const policy = policyNamed(nextName())
    key.policies.push(policy)
    await send('PutKeyPolicy', { KeyId: key.keyId, Policy: policy })
    key.policies = [policy]
  },
  async (send, { keyId: KeyId, ciphertexts }) => {
    const plaintext = Buffer.from(nextName()).toString('base64')
    const { CiphertextBlob } = await send('Encrypt', { KeyId, Plaintext: plaintext })
    ciphertexts.push({ blob: String(CiphertextBlob), plaintext })
  },
]

/** A client that makes keys and does things with each, until the server is gone. */
async function workUntilKilled(send: Send, known: Known): Promise<void> {
  try {
    for (;;) {
      const tags = [{ TagKey: nextName(), TagValue: '' }]
      const { KeyMetadata: metadata } = await send('CreateKey', { Policy: policyNamed('first'), Tags: tags })
      const { KeyId: keyId } = metadata as { KeyId: string }
      const key: KnownKey = {
        keyId,
        metadata,
        aliases: [],
        tags,
        policies: [policyNamed('first')],
        ciphertexts: [],
      }
      known.keys.push(key)
      for (let count = 0; count < 8; count++) await deeds[count % deeds.length]?.(send, key)
    }
  } catch (error) {
    // fetch says so when the connection breaks; any answer that is not success is an assertion's error.
    if (!(error instanceof TypeError)) throw error
    known.unanswered++
  }
}

async function checkKey(send: Send, key: KnownKey): Promise<void> {
  const KeyId = key.keyId
  assert.deepEqual((await send('DescribeKey', { KeyId }))['KeyMetadata'], key.metadata)
  const { Policy } = await send('GetKeyPolicy', { KeyId })
  assert.ok(key.policies.includes(String(Policy)), `the policy of ${KeyId} is ${Policy}, not ${key.policies}`)
  const { Tags } = await send('ListResourceTags', { KeyId })
  const values = new Map((Tags as KnownKey['tags']).map(tag => [tag.TagKey, tag.TagValue]))
  for (const tag of key.tags) assert.equal(values.get(tag.TagKey), tag.TagValue, `${KeyId} ${tag.TagKey}`)
  const { Aliases } = await send('ListAliases', { KeyId })
  const names = (Aliases as { AliasName: string }[]).map(alias => alias.AliasName)
  for (const alias of key.aliases) assert.ok(names.includes(alias), `${KeyId} has lost ${alias}`)
  for (const { blob, plaintext } of key.ciphertexts) {
    assert.equal((await send('Decrypt', { CiphertextBlob: blob }))['Plaintext'], plaintext)
  }
}

async function listKeyIds(send: Send): Promise<string[]> {
  const keyIds: string[] = []
  for (let Marker: unknown; ; ) {
    const page = await send('ListKeys', { Limit: 1000, ...(Marker === undefined ? {} : { Marker }) })
    keyIds.push(...(page['Keys'] as { KeyId: string }[]).map(key => key.KeyId))
    Marker = page['NextMarker']
    if (Marker === undefined) return keyIds
  }
}

interface AuditRecord {
  readonly eventID: string
  readonly requestID: string
  readonly eventName: string
  readonly errorCode?: string
  readonly responseElements: { readonly keyMetadata?: { readonly keyId: string } } | null
}

/** All records of all days; fails where a line is not one. */
function readLog(dataDirectory: string): AuditRecord[] {
  const directory = join(dataDirectory, 'audit')
  return readdirSync(directory)
    .sort()
    .flatMap(name => {
      const lines = readFileSync(join(directory, name), 'utf8').split('\n')
      assert.equal(lines.pop(), '', `${name} does not end with a line end`)
      return lines.map(line => JSON.parse(line) as AuditRecord)
    })
}

function checkLog(
  records: readonly AuditRecord[],
  calls: readonly AcknowledgedCall[],
  keyIds: string[],
): void {
  const byRequest = Map.groupBy(records, record => record.requestID)
  for (const { requestId, operation } of calls) {
    const found = byRequest.get(requestId) ?? []
    assert.equal(found.length, 1, `${operation} ${requestId} has ${found.length} records`)
    assert.equal(found[0]?.eventName, operation)
    assert.equal(found[0]?.errorCode, undefined)
  }
  assert.equal(new Set(records.map(record => record.eventID)).size, records.length)
  const made = records.filter(
    ({ eventName, errorCode }) => eventName === 'CreateKey' && errorCode === undefined,
  )
  // Not only has each key its record: nothing is on record that did not happen.
  assert.deepEqual(made.map(record => record.responseElements?.keyMetadata?.keyId).sort(), keyIds.sort())
}

test('what was acknowledged survives kill -9 under load, and is on record once', {
  timeout: 120_000,
}, async t => {
  const dataDirectory = temporaryDirectory()
  const known: Known = { keys: [], calls: [], unanswered: 0 }
  let keyward = await startKeyward({ dataDirectory })
  t.after(() => keyward.kill())
  const credentials = administratorOf(keyward)
  for (let round = 1; round <= rounds; round++) {
    const { min, max } = killedAfterMillis
    const delayMillis = min + Math.random() * (max - min)
    await t.test(`round ${round}: killed after ${delayMillis.toFixed()} ms`, async () => {
      const before = known.keys.length
      const send = sender(keyward, credentials, known.calls)
      const clients = Array.from({ length: clientsPerRound }, () => workUntilKilled(send, known))
      await sleep(delayMillis)
      await keyward.kill()
      await Promise.all(clients)
      const made = known.keys.slice(before)
      keyward = await startKeyward({ dataDirectory })
      const sendAgain = sender(keyward, credentials, known.calls)
      for (const key of made) await checkKey(sendAgain, key)
      const keyIds = await listKeyIds(sendAgain)
      checkLog(readLog(dataDirectory), known.calls, keyIds)
    })
  }
  await t.test('in the end everything is there', async () => {
    const send = sender(keyward, credentials, known.calls)
    for (const key of known.keys) await checkKey(send, key)
    const keyIds = await listKeyIds(send)
    assert.equal(await keyward.stop(), 0)
    checkLog(readLog(dataDirectory), known.calls, keyIds)
    assert.equal(keyward.stderr(), '')
    // There was load, and it was cut off.
    assert.ok(known.keys.length > rounds * clientsPerRound, `${known.keys.length} keys were made`)
    assert.equal(known.unanswered, rounds * clientsPerRound)
  })
})
