import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  CreateKeyCommand,
  DecryptCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  type KMSClient,
} from '@aws-sdk/client-kms'
import { Choices } from '../fixtures/choices.ts'
import { administratorOf, callRaw, kmsClient } from '../fixtures/clients.ts'
import { type KeywardProcess, startKeyward } from '../fixtures/keyward-process.ts'
import { type HttpAnswer, RawConnection } from '../fixtures/raw-connection.ts'
import { plaintextMarker, RequestMaker, type World } from './fuzz-requests.ts'

// A hundred thousand random requests from one seed are right, nearly right, or wrong in any layer. The server answers each, is
// never at fault, and is healthy afterwards. FUZZ_SEED and FUZZ_REQUESTS set a different seed and number.

const seed = Number(process.env['FUZZ_SEED'] ?? 20_261_124)
const requestCount = Number(process.env['FUZZ_REQUESTS'] ?? 100_000)
const connectionCount = 16
const inFlightPerConnection = 8

let keyward: KeywardProcess
let kms: KMSClient
let world: World
before(async () => {
  keyward = await startKeyward()
  kms = kmsClient(keyward)
  const keyIds: string[] = []
  const ciphertexts: string[] = []
  for (let i = 0; i < 8; i++) {
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
    const KeyId = KeyMetadata?.KeyId ?? ''
    const { CiphertextBlob } = await kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' }))
    keyIds.push(KeyId)
    ciphertexts.push(Buffer.from(CiphertextBlob ?? []).toString('base64'))
  }
  const lastingKeyIds = keyIds.splice(0, 5)
  world = { url: keyward.url, credentials: administratorOf(keyward), keyIds, lastingKeyIds, ciphertexts }
})
after(() => keyward.stop())

/** The requests that were made, and their answers. */
interface Tally {
  made: number
  /** The number of answers by error type; `200` for success. */
  readonly statuses: Map<string, number>
  /** The ids of the requests that succeeded. */
  readonly succeeded: string[]
}

function take(tally: Tally, request: Buffer, answer: HttpAnswer | undefined): void {
  const shown = () => JSON.stringify(request.toString('latin1').slice(0, 3000))
  assert.ok(answer !== undefined, `the server closed on ${shown()}`)
  assert.ok(answer.status < 500, `${answer.status} ${answer.text} to ${shown()}`)
  assert.notEqual(answer.headers.get('connection'), 'close', `the server says it will close on ${shown()}`)
  const requestId = answer.headers.get('x-amzn-requestid')
  const type = answer.status === 200 ? '200' : String(JSON.parse(answer.text).__type)
  tally.statuses.set(type, (tally.statuses.get(type) ?? 0) + 1)
  if (answer.status === 200 && requestId !== undefined) tally.succeeded.push(requestId)
}

/** Sends requests on one connection until enough are made, some of them before the answers to earlier ones. */
async function sendRequests(maker: RequestMaker, tally: Tally): Promise<void> {
  const connection = await RawConnection.open(keyward.url)
  const waiting: Buffer[] = []
  while (tally.made < requestCount || waiting.length > 0) {
    while (tally.made < requestCount && waiting.length < inFlightPerConnection) {
      tally.made++
      const request = maker.next()
      waiting.push(request)
      connection.write(request)
    }
    const answer = await connection.read()
    take(tally, waiting.shift() as Buffer, answer)
  }
  connection.destroy()
}

/** Meanwhile opens connections that send broken bytes, stop in the middle and disappear. */
async function vandalize(tally: Tally): Promise<void> {
  const choices = new Choices(seed + 1)
  const vandal = new RequestMaker(seed + 2, world)
  while (tally.made < requestCount) {
    const bytes = vandal.next()
    for (let i = choices.below(20); i > 0; i--) bytes[choices.below(bytes.length)] = choices.below(256)
    const connection = await RawConnection.open(keyward.url)
    connection.write(bytes.subarray(0, choices.chance(50) ? bytes.length : choices.below(bytes.length)))
    const answer = await Promise.race([connection.read(), sleep(5, undefined)])
    if (choices.chance(50)) connection.socket.resetAndDestroy()
    else connection.destroy()
    if (answer !== undefined) assert.ok(answer.status < 500, `${answer.status} ${answer.text}`)
  }
}

/** The requests reach every layer of the server if each of these is the answer to one of them. */
const answersOfEveryLayer = [
  '200',
  'UnknownOperationException',
  'MissingAuthenticationTokenException',
  'IncompleteSignatureException',
  'InvalidSignatureException',
  'SerializationException',
  'ValidationException',
  'NotFoundException',
  'InvalidArnException',
  'InvalidCiphertextException',
  'InvalidMarkerException',
  'InvalidGrantTokenException',
  'DisabledException',
  'KMSInvalidStateException',
  'DryRunOperationException',
  'MalformedPolicyDocumentException',
]

test(`the server answers ${requestCount} requests of seed ${seed}`, { timeout: 300_000 }, async () => {
  const maker = new RequestMaker(seed, world)
  const tally: Tally = { made: 0, statuses: new Map(), succeeded: [] }
  await Promise.all([
    vandalize(tally),
    ...Array.from({ length: connectionCount }, () => sendRequests(maker, tally)),
  ])
  for (const type of answersOfEveryLayer) {
    assert.ok((tally.statuses.get(type) ?? 0) > 0, `no answer was ${type}`)
  }
  assert.ok((tally.statuses.get('200') ?? 0) > requestCount / 10, 'enough requests succeeded')

  await checkHealthy()
  checkAuditLog(tally.succeeded)
  assert.equal(keyward.stderr(), '')
})

async function checkHealthy(): Promise<void> {
  for (const path of ['/healthz', '/readyz']) {
    assert.equal((await callRaw(keyward, '', {}, { method: 'GET', path })).status, 200)
  }
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
  const KeyId = KeyMetadata?.KeyId
  const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('well') }))
  const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob }))
  assert.equal(Buffer.from(Plaintext ?? []).toString(), 'well')
}

/** Asserts that every call that succeeded has an audit record, and that no plaintext is in the log. */
function checkAuditLog(requestIds: readonly string[]): void {
  const directory = join(keyward.dataDirectory, 'audit')
  const recorded = new Set<string>()
  for (const file of readdirSync(directory).filter(name => name.endsWith('.jsonl'))) {
    const text = readFileSync(join(directory, file), 'utf8')
    assert.ok(!text.includes(plaintextMarker), 'a plaintext is in the audit log')
    for (const line of text.trimEnd().split('\n')) {
      recorded.add(String((JSON.parse(line) as { requestID?: unknown }).requestID))
    }
  }
  const missing = requestIds.filter(requestId => !recorded.has(requestId))
  assert.deepEqual(missing.slice(0, 5), [], `${missing.length} calls have no audit record`)
}
