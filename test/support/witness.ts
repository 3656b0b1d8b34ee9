import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { callSigned, type TestCredentials } from './clients.ts'

/** A call that was not acknowledged: the connection broke, or the server said that it could not. */
export class Unacknowledged extends Error {}

export type Send = (operation: string, input: object) => Promise<Record<string, unknown>>

/** What a client was told of a key that it made, which must be so from then on. */
export interface KnownKey {
  readonly keyId: string
  readonly metadata: unknown
  readonly aliases: string[]
  readonly tags: { TagKey: string; TagValue: string }[]
  /** The one that was acknowledged last, and one that was not. */
  policies: string[]
  readonly ciphertexts: { blob: string; plaintext: string }[]
}

export interface AuditRecord {
  readonly eventID: string
  readonly requestID: string
  readonly eventName: string
  readonly errorCode?: string
  readonly responseElements: { readonly keyMetadata?: { readonly keyId: string } } | null
}

/** Clients of a server that is to lose its process or its disk, and all that was acknowledged to them. */
export class Witness {
  readonly keys: KnownKey[] = []
  readonly calls: { readonly requestId: string; readonly operation: string }[] = []
  readonly #credentials: TestCredentials
  #named = 0

  constructor(credentials: TestCredentials) {
    this.#credentials = credentials
  }

  /**
   * Calls a server. Throws Unacknowledged where no answer comes and, where `mayFail`, for an answer of 500 and more;
   * any other answer that is not success is an assertion's error.
   */
  client(server: { url: string; dataDirectory: string }, { mayFail = false } = {}): Send {
    return async (operation, input) => {
      const answer = await callSigned(server, operation, JSON.stringify(input), {
        credentials: this.#credentials,
      }).catch((error: unknown) => {
        // fetch says so when the connection breaks.
        if (error instanceof TypeError) throw new Unacknowledged(error.message)
        throw error
      })
      if (mayFail && answer.status >= 500) throw new Unacknowledged(answer.text)
      assert.equal(answer.status, 200, `${operation}: ${answer.text}`)
      this.calls.push({ requestId: answer.headers.get('x-amzn-requestid') ?? '', operation })
      return answer.json
    }
  }

  /** Makes a key with an alias, a tag and a policy, and a ciphertext; until something is not acknowledged. */
  async work(send: Send): Promise<void> {
    const tags = [{ TagKey: this.#name(), TagValue: '' }]
    const policies = [policyNamed('first')]
    const { KeyMetadata: metadata } = await send('CreateKey', { Policy: policies[0], Tags: tags })
    const { KeyId } = metadata as { KeyId: string }
    const key: KnownKey = { keyId: KeyId, metadata, aliases: [], tags, policies, ciphertexts: [] }
    this.keys.push(key)
    for (let count = 0; count < 2; count++) {
      const AliasName = `alias/${this.#name()}`
      await send('CreateAlias', { AliasName, TargetKeyId: KeyId })
      key.aliases.push(AliasName)
      const tag = { TagKey: this.#name(), TagValue: this.#name() }
      await send('TagResource', { KeyId, Tags: [tag] })
      tags.push(tag)
      const Policy = policyNamed(this.#name())
      key.policies.push(Policy)
      await send('PutKeyPolicy', { KeyId, Policy })
      key.policies = [Policy]
      const plaintext = Buffer.from(this.#name()).toString('base64')
      const { CiphertextBlob } = await send('Encrypt', { KeyId, Plaintext: plaintext })
      key.ciphertexts.push({ blob: String(CiphertextBlob), plaintext })
    }
  }

  /** Asserts that all that was acknowledged of these keys is so. */
  async checkKeys(send: Send, keys: readonly KnownKey[] = this.keys): Promise<void> {
    for (const key of keys) await checkKey(send, key)
  }

  /**
   * Asserts that every acknowledged call has one record, that every record is whole, and that the keys on record are
   * the keys that there are. For a server that nobody else has called.
   */
  async checkLog(send: Send, dataDirectory: string): Promise<void> {
    const keyIds = await listKeyIds(send)
    const records = readLog(dataDirectory)
    const byRequest = Map.groupBy(records, record => record.requestID)
    for (const { requestId, operation } of this.calls) {
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

  #name(): string {
    return `name-${++this.#named}`
  }
}

function policyNamed(id: string): string {
  const principal = { AWS: 'arn:aws:iam::000000000000:root' }
  const statement = { Effect: 'Allow', Principal: principal, Action: 'kms:*', Resource: '*' }
  return JSON.stringify({ Version: '2012-10-17', Id: id, Statement: [statement] })
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
