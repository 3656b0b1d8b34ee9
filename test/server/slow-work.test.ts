import assert from 'node:assert/strict'
import { availableParallelism } from 'node:os'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { callersOf, type TestCaller } from '../fixtures/caller.ts'
import { signCall } from '../fixtures/clients.ts'
import { type KeywardProcess, readAuditRecords, reasonOf, startKeyward } from '../fixtures/keyward-process.ts'
import { type HttpAnswer, RawConnection, renderRequest } from '../fixtures/raw-connection.ts'
import { allow, credentialsOf, seedUser, writeSeed } from '../fixtures/seed.ts'
import { ours, rootOf, seedOfTwoAccounts, theirs } from '../fixtures/worlds/two-accounts.ts'

// RSA keys take seconds of a processor that all accounts share. One account must neither keep the others waiting nor make
// keys for clients that have hung up.

// AWS KMS developer guide, "Throttling AWS KMS requests".
const throttled = 'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.'

const requestsOfFlood = 60
const waitingMax = 16
/** The keys that the server makes at the same time. */
const threads = Math.max(1, Math.floor(availableParallelism() / 4))
const rsaKey = (KeySpec: string) => ({ KeySpec, KeyUsage: 'SIGN_VERIFY' })
const keyPair = (KeyId: string, KeyPairSpec = 'RSA_2048') => ({ KeyId, KeyPairSpec })

interface Entry {
  readonly eventName: string
  readonly errorCode?: string
  readonly userIdentity: { readonly userName?: string; readonly accountId: string }
}

for (const [title, flags] of [
  ['without request quotas', []],
  ['with request quotas', ['--rate-quotas', '--quotas', 'CreateKey=1000']],
] as const) {
  describe(`sixty RSA keys on one connection, ${title}`, () => {
    let keyward: KeywardProcess
    let as: (name: string) => TestCaller
    let flood: RawConnection

    before(async () => {
      const all = allow('kms:*')
      const seed = seedOfTwoAccounts({
        ours: [seedUser('alice', all), seedUser('adam', all)],
        theirs: [seedUser('bob', all)],
      })
      keyward = await startKeyward({ flags: ['--seed', writeSeed(seed), ...flags] })
      as = callersOf(keyward)
      flood = await RawConnection.open(keyward.url)
    })
    after(async () => {
      flood.destroy()
      await keyward.stop()
      assert.equal(keyward.stderr(), '', 'nothing here is a fault of the server')
    })

    const entries = () => readAuditRecords(keyward.dataDirectory) as unknown as Entry[]
    /** The records of the flood, in the order in which its calls ended. */
    const ofFlood = (among = entries()) =>
      among.filter(
        ({ eventName, userIdentity }) => eventName === 'CreateKey' && userIdentity.userName === 'alice',
      )
    const withCode = (code: string | undefined) => ofFlood().filter(({ errorCode }) => errorCode === code)

    async function signedBy(name: string, operation: string, input: object): Promise<Buffer> {
      const body = JSON.stringify(input)
      const headers = await signCall(keyward, operation, body, { credentials: credentialsOf(name) })
      const unsized = Object.entries(headers).filter(([header]) => header !== 'content-length')
      return renderRequest('POST /', unsized, body)
    }

    /** The first answer to one of several equal requests. A key of the flood may end meanwhile, and one of them take its place. */
    async function firstAnswer(request: Buffer): Promise<HttpAnswer | undefined> {
      const connections = await Promise.all(Array.from({ length: 8 }, () => RawConnection.open(keyward.url)))
      for (const connection of connections) connection.write(request)
      const answer = await Promise.race(connections.map(connection => connection.read()))
      for (const connection of connections) connection.destroy()
      return answer
    }

    test('sixteen of them wait, and later ones are throttled, of every caller of the account', async () => {
      const request = await signedBy('alice', 'CreateKey', rsaKey('RSA_4096'))
      flood.write(Buffer.concat(Array.from({ length: requestsOfFlood }, () => request)))
      const endedMin = requestsOfFlood - waitingMax - threads
      while (ofFlood().length < endedMin) await sleep(10)
      assert.ok(withCode('ThrottlingException').length >= endedMin - 4)
      const reason = '16 long calls of the account wait already'
      for (const record of withCode('ThrottlingException')) assert.equal(reasonOf(record), reason)
      const bobs = String((await as('bob').sdk.createKey({ Policy: openPolicy })).KeyMetadata?.Arn)
      for (const name of ['adam', 'ourroot']) {
        // The account of the caller counts, not that of the key.
        const onForeignKey = await signedBy(name, 'GenerateDataKeyPair', keyPair(bobs, 'RSA_4096'))
        for (const tried of [await signedBy(name, 'CreateKey', rsaKey('RSA_4096')), onForeignKey]) {
          const answer = await firstAnswer(tried)
          assert.equal(answer?.status, 400)
          const error = { __type: 'ThrottlingException', message: throttled }
          assert.deepEqual(JSON.parse(answer.text), error)
        }
      }
      // Nothing else of the account waits.
      const { KeyMetadata } = await as('adam').sdk.createKey({
        KeySpec: 'ECC_NIST_P256',
        KeyUsage: 'SIGN_VERIFY',
      })
      await as('adam').answer('Sign', {
        KeyId: KeyMetadata?.KeyId,
        Message: 'eA==',
        SigningAlgorithm: 'ECDSA_SHA_256',
      })
    })

    test('a different account gets its key pair after one or two of them', async () => {
      const { KeyMetadata } = await as('bob').sdk.createKey({})
      const doneBefore = withCode(undefined).length
      await as('bob').answer('GenerateDataKeyPair', keyPair(String(KeyMetadata?.KeyId)))
      const made = entries().filter(({ errorCode }) => errorCode === undefined)
      const position = made.findLastIndex(({ eventName }) => eventName === 'GenerateDataKeyPair')
      const doneMeanwhile = ofFlood(made.slice(0, position)).length - doneBefore
      // The ones that run, and the one whose turn it was; one more may have ended while the request was on its way.
      assert.ok(doneMeanwhile <= threads + 2, `${doneMeanwhile} keys were made before the key pair`)
    })

    test('a client that hangs up leaves no more keys than it had answers, and a record of each call', async () => {
      flood.socket.resetAndDestroy()
      while (ofFlood().length < requestsOfFlood) await sleep(20)
      const abandoned = withCode('RequestAbortedException')
      const neverBegun = abandoned.filter(record => reasonOf(record)?.endsWith('before the work began'))
      assert.ok(neverBegun.length >= waitingMax - 8 * threads, `${neverBegun.length} never began`)
      const { Keys = [] } = await as('ourroot').sdk.listKeys({})
      const created = entries().filter(
        ({ eventName, errorCode, userIdentity }) =>
          eventName === 'CreateKey' && errorCode === undefined && userIdentity.accountId === ours,
      )
      assert.equal(Keys.length, created.length)
    })

    test('the account can make keys again at once', async () => {
      await as('alice').answer('CreateKey', rsaKey('RSA_2048'))
      await as('adam').answer('CreateKey', rsaKey('RSA_2048'))
    })
  })
}

const openPolicy = JSON.stringify({
  Version: '2012-10-17',
  Statement: [allow('kms:*', '*', [rootOf(theirs), rootOf(ours)])],
})
