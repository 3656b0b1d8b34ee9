import type { TestCredentials } from './clients.ts'
import { headerNames, lines, memberNames, queries, reads, targets, texts, writes } from './fuzz-vocabulary.ts'
import { amzDateOf, authorizationOf, signByHand } from './hand-signer.ts'
import { renderRequest } from './raw-connection.ts'

/** A source of choices that one number determines (mulberry32). */
export class Choices {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** An integer from 0 up to `bound`, without it. */
  below(bound: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) % bound
  }

  chance(percent: number): boolean {
    return this.below(1000) < percent * 10
  }

  of<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T
  }
}

/** What the server has that requests may name. */
export interface World {
  readonly url: string
  readonly credentials: TestCredentials
  /** Keys that every operation may name. */
  readonly keyIds: readonly string[]
  /** Keys that only operations which change nothing name. */
  readonly lastingKeyIds: readonly string[]
  readonly ciphertexts: readonly string[]
}

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }
type Fields = { [name: string]: Json }
type Header = [name: string, value: string]

/** Stands in the plaintext of requests and nowhere else. */
export const plaintextMarker = 'QURPTlRUUkVDT1JEVEhJUyEh'

/** Makes requests that are sound HTTP, and otherwise anything: right, nearly right, and wrong in every layer. */
export class RequestMaker {
  readonly #choices: Choices
  readonly #world: World
  readonly #host: string
  readonly #allKeyIds: readonly string[]
  /** Those that the request being made may name. */
  #keyIds: readonly string[] = []

  constructor(seed: number, world: World) {
    this.#choices = new Choices(seed)
    this.#world = world
    this.#host = new URL(world.url).host
    this.#allKeyIds = [...world.lastingKeyIds, ...world.keyIds]
  }

  next(): Buffer {
    const c = this.#choices
    const operation = c.of(c.chance(6) ? writes : reads)
    let body = this.#body(operation)
    const headers: Header[] = [
      ['content-type', c.chance(97) ? 'application/x-amz-json-1.1' : this.#text()],
      ['host', this.#host],
      ['x-amz-date', amzDateOf(Date.now())],
      ['x-amz-target', c.chance(95) ? `TrentService.${operation}` : c.of(targets)],
    ].map(([name, value]) => [name as string, headerText(value as string)])
    if (c.chance(5)) headers.push(['zz-signed', headerText(this.#text()).trim().replaceAll(/ +/g, ' ')])
    const query = c.chance(2) ? c.of(queries) : ''
    const sign = { credentials: this.#world.credentials, headers, body, query }
    const signed = signByHand({
      ...sign,
      amzDate: headers[2]?.[1] ?? '',
      ...(c.chance(2) ? { region: 'x' } : {}),
    })
    let authorization: string | undefined = authorizationOf(signed)
    if (c.chance(20)) {
      const wrong = c.below(5)
      if (wrong === 0) authorization = undefined
      if (wrong === 1) authorization = this.#mutateText(authorization ?? '')
      if (wrong === 2) body = this.#mutateText(body)
      if (wrong === 4)
        authorization = authorization?.replace(/;x-amz-date/, `;${c.of(headerNames).toLowerCase()}$&`)
      // All but the Host, without which a request is not HTTP.
      if (wrong === 3) headers[c.of([0, 2, 3])] = [c.of(headerNames), headerText(this.#text())]
    }
    const sent: Header[] = [...headers]
    if (authorization !== undefined) sent.push(['Authorization', headerText(authorization)])
    while (c.chance(10)) sent.push([c.of(headerNames), headerText(this.#text())])
    const line = c.chance(98) ? `POST /${query === '' ? '' : `?${query}`}` : c.of(lines)
    return renderRequest(line, sent, body)
  }

  #body(operation: string): string {
    const c = this.#choices
    if (c.chance(5)) return JSON.stringify(this.#json(3))
    const fields = this.#fields(operation)
    if (c.chance(40)) return JSON.stringify(fields)
    for (let changes = 1 + c.below(3); changes > 0; changes--) this.#mutateFields(fields)
    const text = JSON.stringify(fields)
    return c.chance(15) ? this.#mutateText(text) : text
  }

  /** Parameters that the operation takes. */
  #fields(operation: string): Fields {
    const c = this.#choices
    const fields: Fields = {}
    this.#keyIds = writes.includes(operation) ? this.#world.keyIds : this.#allKeyIds
    const maybe = (name: string, value: Json) => {
      if (c.chance(30)) fields[name] = value
    }
    if (!/^(ListKeys|ListAliases|CreateKey|GenerateRandom|Decrypt|\w+Alias)$/.test(operation)) {
      fields['KeyId'] = this.#keyId()
    }
    if (operation === 'Encrypt') fields['Plaintext'] = plaintextMarker
    if (operation === 'Decrypt' || operation === 'ReEncrypt') {
      fields['CiphertextBlob'] = c.of(this.#world.ciphertexts)
    }
    if (operation === 'ReEncrypt') fields['DestinationKeyId'] = this.#keyId()
    if (/^GenerateDataKey/.test(operation)) fields['KeySpec'] = c.of(['AES_128', 'AES_256'])
    if (operation === 'GenerateRandom') fields['NumberOfBytes'] = c.below(1025)
    if (/^List/.test(operation)) {
      maybe('Limit', c.below(1001))
      maybe('Marker', this.#text())
    }
    if (/Alias$/.test(operation)) fields['AliasName'] = `alias/${c.below(50)}`
    if (/^(Create|Update)Alias$/.test(operation)) fields['TargetKeyId'] = this.#keyId()
    if (operation === 'PutKeyPolicy') fields['Policy'] = this.#policy()
    if (operation === 'TagResource') fields['Tags'] = [{ TagKey: this.#text(), TagValue: this.#text() }]
    if (operation === 'UntagResource') fields['TagKeys'] = [this.#text()]
    if (operation === 'UpdateKeyDescription') fields['Description'] = this.#text()
    maybe('EncryptionContext', { [this.#text()]: this.#text(), tenant: '7' })
    maybe('GrantTokens', c.chance(80) ? [] : [this.#text()])
    maybe('DryRun', c.chance(20))
    return fields
  }

  #mutateFields(fields: Fields): void {
    const c = this.#choices
    const name = c.chance(70) ? c.of(Object.keys(fields).concat('KeyId')) : c.of(memberNames)
    if (c.chance(20)) delete fields[name]
    else
      Object.defineProperty(fields, name, {
        value: this.#json(2),
        enumerable: true,
        configurable: true,
        writable: true,
      })
  }

  #mutateText(text: string): string {
    const c = this.#choices
    const at = c.below(text.length + 1)
    const insert = c.of([
      '',
      '"',
      '\\',
      '{',
      '}',
      ',',
      '=',
      ';',
      ' ',
      'é',
      '0',
      'constructor',
      ';__proto__',
      '\\ud800',
    ])
    const cut = c.chance(70) ? c.below(4) : c.below(text.length + 1)
    return text.slice(0, at) + insert + text.slice(at + cut)
  }

  #json(depth: number): Json {
    const c = this.#choices
    switch (c.below(depth > 0 ? 8 : 6)) {
      case 0:
        return null
      case 1:
        return c.chance(50)
      case 2:
        return c.of([0, 1, -1, 7, 1.5, -0, 1e21, 1e308, 2 ** 53, -(2 ** 31), c.below(2000)])
      case 3:
      case 4:
        return this.#text()
      case 5:
        return this.#keyId()
      case 6:
        return Array.from({ length: c.below(4) }, () => this.#json(depth - 1))
      default:
        return Object.fromEntries(
          Array.from({ length: c.below(4) }, () => [
            c.chance(50) ? c.of(memberNames) : this.#text(),
            this.#json(depth - 1),
          ]),
        )
    }
  }

  #keyId(): string {
    const c = this.#choices
    const keyId = c.of(this.#keyIds)
    const arn = `arn:aws:kms:us-east-1:000000000000:key/${keyId}`
    return c.chance(60)
      ? keyId
      : c.of([arn, `${arn}x`, `alias/${c.below(50)}`, arn.replace('us', 'eu'), 'mrk-', ''])
  }

  #policy(): string {
    const c = this.#choices
    const root = 'arn:aws:iam::000000000000:root'
    const whole = { Effect: 'Allow', Principal: { AWS: root }, Action: 'kms:*', Resource: '*' }
    const more = { ...whole, Sid: this.#text(), Action: c.of(['kms:Encrypt', 'kms:*', '*', 'x']) }
    const text = JSON.stringify({ Version: '2012-10-17', Statement: [whole, more] })
    return c.chance(50) ? text : this.#mutateText(text)
  }

  #text(): string {
    const c = this.#choices
    if (c.chance(70)) return c.of(texts)
    const length = c.chance(98) ? c.below(12) : c.below(9000)
    return Array.from({ length }, () =>
      String.fromCharCode(c.chance(90) ? c.below(256) : c.below(65_536)),
    ).join('')
  }
}

/** What a header may hold: no line ends, no control characters. */
function headerText(text: string): string {
  return text.replaceAll(/[^\t\u0020-\u007e\u0080-\ud7ff\ue000-\uffff]/g, '').slice(0, 8000)
}
