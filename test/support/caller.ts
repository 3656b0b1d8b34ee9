import assert from 'node:assert/strict'
import { KMS } from '@aws-sdk/client-kms'
import { administratorOf, callSigned, type RawAnswer, type TestCredentials } from './clients.ts'

interface Server {
  readonly url: string
  readonly dataDirectory: string
}

/**
 * What a refusal must say: exactly this text, a text like this, or (null) no message member at all. Undefined where
 * nobody has published what AWS says.
 */
export type RefusalText = string | RegExp | null | undefined

/** One caller of a server: the real SDK for what succeeds, and signed requests whose refusals are seen whole. */
export class TestCaller {
  readonly sdk: KMS
  readonly #server: Server
  readonly #options: { readonly credentials: TestCredentials; readonly region: string }

  constructor(server: Server, { credentials = administratorOf(server), region = 'us-east-1' } = {}) {
    this.#server = server
    this.#options = { credentials, region }
    this.sdk = new KMS({ endpoint: server.url, maxAttempts: 1, ...this.#options })
  }

  /** Sends the input as it is, with no help and no checks from the SDK. */
  call(operation: string, input: unknown): Promise<RawAnswer> {
    return callSigned(this.#server, operation, JSON.stringify(input), this.#options)
  }

  /** The same for a call that must succeed; its output. */
  async answer(operation: string, input: unknown): Promise<Record<string, unknown>> {
    const { status, text, json } = await this.call(operation, input)
    assert.equal(status, 200, `${operation} answered ${text}`)
    return json
  }

  /** Asserts success with an empty body, which is what AWS sends where its model has no output. */
  async answersNothing(operation: string, input: unknown): Promise<void> {
    const { status, text } = await this.call(operation, input)
    assert.deepEqual({ status, text }, { status: 200, text: '' })
  }

  /** Asserts that the call is refused with this error and text and nothing more. */
  async isRefused(operation: string, input: unknown, code: string, text?: RefusalText): Promise<void> {
    checkRefusal(await this.call(operation, input), code, text)
  }
}

/** Asserts that an answer is a client's error as AWS KMS sends it: status 400, `__type`, and one message or none. */
export function checkRefusal(
  { status, text: body, json }: RawAnswer,
  code: string,
  text?: RefusalText,
): void {
  const { __type: type, ...rest } = json
  assert.equal(type, code, body)
  assert.equal(status, 400)
  const member = code === 'AccessDeniedException' ? 'Message' : 'message'
  if (text === null) assert.deepEqual(rest, {})
  else if (typeof text === 'string') assert.deepEqual(rest, { [member]: text })
  else if (text !== undefined) assert.match(String(rest[member]), text)
}

/** The message of one constraint that a value breaks; `shown` is the value in quotes, `null`, or nothing for blobs. */
export function violation(path: string, shown: string, must: string): string {
  const value = shown === '' ? 'Value' : `Value ${shown}`
  return `1 validation error detected: ${value} at '${path}' failed to satisfy constraint: Member must ${must}`
}

export interface TestKey {
  readonly id: string
  readonly arn: string
}

export async function makeKey(
  caller: TestCaller,
  input: Parameters<KMS['createKey']>[0] = {},
): Promise<TestKey> {
  const { KeyMetadata } = await caller.sdk.createKey(input)
  return { id: KeyMetadata?.KeyId ?? '', arn: KeyMetadata?.Arn ?? '' }
}

/** A policy document of these statements. */
export function policyOf(...statements: object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements })
}

export function base64(data: string | Uint8Array): string {
  return Buffer.from(data as Uint8Array).toString('base64')
}

/** What AWS says to a principal of the account; `because` is the end of it. */
export function deniedText(principalArn: string, action: string, resource: string, because: string): string {
  return `User: ${principalArn} is not authorized to perform: ${action} on resource: ${resource} ${because}`
}

/** The end of a denial: no policy of the kind allowed it, or one denied it. */
export const noPolicyAllows = (kind: 'identity-based' | 'resource-based', action: string) =>
  `because no ${kind} policy allows the ${action} action`
export const explicitDenyIn = (kind: 'an identity-based' | 'a resource-based') =>
  `with an explicit deny in ${kind} policy`
