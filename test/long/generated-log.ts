import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'

// Records of many callers and keys, in the form and the size of those that a server writes.

const accounts = ['111122223333', '222233334444', '333344445555']
export const region = 'us-east-1'
const events = ['Decrypt', 'GenerateDataKey', 'Encrypt', 'Sign', 'GenerateMac']
const daySeconds = 86_400
const chunkRecords = 4096
/** Each file of the log is closed at this size, as the server does. */
const fileSizeMaxBytes = 1024 ** 3
/** The size of a record, about, in the log and in the index. */
export const recordSizeBytes = 1600

/** Every so many records, one is of the rare caller, key and event. */
const rareEvery = 100_003
export const rare = {
  user: 'auditor',
  accessKeyId: 'AKIARAREEXAMPLE00000',
  key: keyIdOf('rare'),
  eventName: 'DisableKey',
}

export interface GeneratedLog {
  readonly account: string
  readonly records: number
  /** The first and the last time, in seconds. */
  readonly from: number
  readonly to: number
  readonly sizeBytes: number
  readonly end: { readonly stream: string; readonly file: string; readonly offset: number }
  /** The number of records that are rare. */
  readonly rareCount: number
  readonly eventIdOf: (number: number) => string
  readonly keyOf: (number: number) => string
  readonly userOf: (number: number) => string
}

/** Writes a log of records over the last days of November 2026. */
export function generateLog(directory: string, records: number): GeneratedLog {
  mkdirSync(directory, { recursive: true })
  const days = Math.max(2, Math.min(80, Math.floor(records / 100_000)))
  const to = Date.parse('2026-11-30T00:00:00Z') / 1000 - 1
  const from = to + 1 - days * daySeconds
  const templates = makeTemplates()
  const writer = new DayFiles(directory)
  for (let first = 0; first < records; first += chunkRecords) {
    const time = from + Math.floor(((to - from) * first) / records)
    const count = Math.min(chunkRecords, records - first)
    writer.write(
      time,
      Array.from({ length: count }, (_, index) => lineOf(templates, first + index, time)),
    )
  }
  const { sizeBytes, end } = writer.close()
  return {
    ...{
      records,
      from,
      to,
      sizeBytes,
      account: accounts[0] ?? '',
      eventIdOf,
      rareCount: Math.ceil(records / rareEvery),
    },
    end: { stream: 'generated', ...end },
    keyOf: number => keyIdOf(keyNumberOf(number)),
    userOf: number => `session-${callerNumberOf(number)}`,
  }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function uuidOf(text: string): string {
  const hex = digestOf(text)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

function keyIdOf(key: number | 'rare'): string {
  return uuidOf(`key ${key}`)
}

const eventIdOf = (number: number) => uuidOf(`event ${number}`)
const callerNumberOf = (number: number) => Math.floor(number * 0.618) % 500
const keyNumberOf = (number: number) => (number * 7919) % 3000
const accountOf = (number: number) => accounts[number % 16 === 5 ? 1 : number % 64 === 9 ? 2 : 0] ?? ''

interface Templates {
  readonly callers: readonly string[]
  readonly ends: ReadonlyMap<string, string>
}

function makeTemplates(): Templates {
  const callers = Array.from({ length: 500 }, (_, caller) => callerText(`session-${caller}`))
  const ends = accounts.flatMap(account =>
    [...Array.from({ length: 3000 }, (_, key) => keyIdOf(key)), rare.key].map(
      key => [`${account}${key}`, endText(account, key)] as const,
    ),
  )
  return { callers, ends: new Map(ends) }
}

function callerText(session: string): string {
  const account = accounts[0]
  const role = { principalId: 'AROAEXAMPLEROLE00000', arn: `arn:aws:iam::${account}:role/service/orders` }
  const identity = {
    ...{ type: 'AssumedRole', principalId: `${role.principalId}:${session}` },
    ...{ arn: `arn:aws:sts::${account}:assumed-role/orders/${session}`, accountId: account },
    accessKeyId: `ASIA${digestOf(session).slice(0, 16).toUpperCase()}`,
    sessionContext: {
      sessionIssuer: { type: 'Role', ...role, accountId: account, userName: 'orders' },
      attributes: { creationDate: '2026-11-01T00:00:00Z', mfaAuthenticated: 'false' },
    },
  }
  return JSON.stringify(identity)
}

function rareCallerText(): string {
  const account = accounts[0]
  const { user, accessKeyId } = rare
  const arn = `arn:aws:iam::${account}:user/${user}`
  return JSON.stringify({
    ...{ type: 'IAMUser', principalId: 'AIDARAREEXAMPLE00000', arn, accountId: account, accessKeyId },
    userName: user,
  })
}

const arnOf = (account: string, key: string) => `arn:aws:kms:${region}:${account}:key/${key}`

function endText(account: string, key: string): string {
  return JSON.stringify({
    readOnly: true,
    resources: [{ accountId: account, type: 'AWS::KMS::Key', ARN: arnOf(account, key) }],
    ...{ eventType: 'AwsApiCall', managementEvent: true, recipientAccountId: account },
    eventCategory: 'Management',
    tlsDetails: {
      tlsVersion: 'TLSv1.3',
      cipherSuite: 'TLS_AES_128_GCM_SHA256',
      clientProvidedHostHeader: 'kms.us-east-1.amazonaws.com',
      keyExchange: 'X25519MLKEM768',
    },
  }).slice(1)
}

function lineOf({ callers, ends }: Templates, number: number, time: number): string {
  const isRare = number % rareEvery === 0
  const account = isRare ? (accounts[0] ?? '') : accountOf(number)
  const key = isRare ? rare.key : keyIdOfCached(keyNumberOf(number))
  const identity = isRare ? rareCallerText() : callers[callerNumberOf(number)]
  const eventName = isRare ? rare.eventName : events[number % events.length]
  const id = eventIdOf(number)
  const context = `{"tenant":"tenant-${number % 977}","eventID":"${id}","readOnly":"false"}`
  return (
    `{"eventVersion":"1.11","userIdentity":${identity},"eventTime":"${timeText(time)}"` +
    `,"eventSource":"kms.amazonaws.com","eventName":"${eventName}","awsRegion":"${region}"` +
    `,"sourceIPAddress":"10.0.${number % 4}.7","userAgent":"aws-sdk-js/3.1164.0 ua/2.1 os/linux lang/js md/nodejs#26.10.0"` +
    `,"requestParameters":{"keyId":"${arnOf(account, key)}","encryptionContext":${context}` +
    `,"encryptionAlgorithm":"SYMMETRIC_DEFAULT"},"responseElements":null` +
    `,"additionalEventData":{"keyMaterialId":"${digestCached(key)}"}` +
    `,"requestID":"${id.slice(0, 9)}0${id.slice(10)}","eventID":"${id}",${ends.get(`${account}${key}`)}`
  )
}

const timeText = (time: number) => `${new Date(time * 1000).toISOString().slice(0, 19)}Z`

const keyIds: string[] = []
function keyIdOfCached(key: number): string {
  keyIds[key] ??= keyIdOf(key)
  return keyIds[key] ?? ''
}

const digests = new Map<string, string>()
function digestCached(text: string): string {
  const known = digests.get(text) ?? digestOf(text)
  digests.set(text, known)
  return known
}

/** The files of the log: at least one a day, and parts of a day that is larger. */
class DayFiles {
  readonly #directory: string
  #descriptor: number | undefined
  #day = ''
  #part = 0
  #file = ''
  #offset = 0
  sizeBytes = 0

  constructor(directory: string) {
    this.#directory = directory
  }

  write(time: number, lines: readonly string[]): void {
    const day = timeText(time).slice(0, 10)
    if (day !== this.#day) this.#open(day, 0)
    else if (this.#offset > fileSizeMaxBytes) this.#open(day, this.#part + 1)
    const bytes = Buffer.from(`${lines.join('\n')}\n`)
    writeSync(this.#descriptor ?? 0, bytes)
    this.#offset += bytes.length
    this.sizeBytes += bytes.length
  }

  close() {
    this.#close()
    return { sizeBytes: this.sizeBytes, end: { file: this.#file, offset: this.#offset } }
  }

  #open(day: string, part: number): void {
    this.#close()
    const suffix = part === 0 ? '' : `.p${String(part).padStart(4, '0')}`
    this.#file = `keyward-${day}${suffix}.jsonl`
    this.#descriptor = openSync(join(this.#directory, this.#file), 'w', 0o600)
    this.#day = day
    this.#part = part
    this.#offset = 0
  }

  #close(): void {
    if (this.#descriptor === undefined) return
    // Only what is on disk can leave the memory of the system before a cold lookup.
    fsyncSync(this.#descriptor)
    closeSync(this.#descriptor)
    this.#descriptor = undefined
  }
}
