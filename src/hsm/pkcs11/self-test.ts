import { equalConstantTime, randomBytes, uuid } from '../../std/index.ts'
import { TokenProblem } from './problem.ts'
import { type TokenAccess, TokenSession } from './token-session.ts'

/** A part of the self-test of a token. */
export interface SelfTestStep {
  readonly name: string
  /** `skipped` is for a token that refuses what the step needs, and that works without. */
  readonly outcome: 'passed' | 'failed' | 'skipped'
  readonly detail?: string
}

/**
 * Tries what Keyward needs of a token, with keys that end with the session. Yields each step; after a token that cannot be
 * logged in to there is no further one.
 */
export async function* selfTest(access: TokenAccess): AsyncGenerator<SelfTestStep> {
  const session = new TokenSession(access)
  try {
    for (const [name, run] of steps) {
      const step = await outcomeOf(name, run, session)
      yield step
      if (name === loginName && step.outcome === 'failed') return
    }
  } finally {
    await session.close()
  }
}

type Step = (session: TokenSession, key: string) => Promise<string | undefined>

const loginName = 'login and random bytes'
const key = `keyward-test-${uuid()}`

/** A step returns why it failed, or nothing. */
const steps: readonly (readonly [name: string, run: Step])[] = [
  [loginName, randomDiffers],
  ['AES-256 key of the session', makeSessionKey],
  ['the key can never leave the token', checkKey],
  ['AES-GCM round trip', roundTrip],
  ['AES-GCM refuses a wrong tag', refusesTag],
  ['AES-GCM refuses wrong associated data', refusesData],
  ['AES-GCM known answer', knownAnswer],
]

async function outcomeOf(name: string, run: Step, session: TokenSession): Promise<SelfTestStep> {
  try {
    const detail = await run(session, key)
    return detail === undefined ? { name, outcome: 'passed' } : { name, outcome: 'failed', detail }
  } catch (error) {
    if (!(error instanceof TokenProblem)) throw error
    // Many devices in their strict mode take no key from outside.
    const isOptional = run === knownAnswer && error.code === 'Refused'
    return { name, outcome: isOptional ? 'skipped' : 'failed', detail: error.message }
  }
}

async function randomDiffers(session: TokenSession): Promise<string | undefined> {
  const [first, second] = [await session.random(32), await session.random(32)]
  return first.equals(second) ? 'it gives the same bytes twice' : undefined
}

async function makeSessionKey(session: TokenSession, label: string): Promise<undefined> {
  await session.makeKey(label, false)
}

/** The first start demands the same of the key of the root key. */
async function checkKey(session: TokenSession, label: string): Promise<undefined> {
  await session.checkKey({ label, isLasting: false })
}

const data = Buffer.from('keyward self-test')

async function sealed(session: TokenSession, label: string) {
  const [iv, plaintext] = [randomBytes(12), randomBytes(32)]
  const name = { label, isLasting: false }
  return { name, iv, plaintext, ciphertext: await session.encrypt(name, iv, data, plaintext) }
}

async function roundTrip(session: TokenSession, label: string): Promise<string | undefined> {
  const { name, iv, plaintext, ciphertext } = await sealed(session, label)
  const opened = await session.decrypt(name, iv, data, ciphertext)
  return equalConstantTime(opened, plaintext) ? undefined : 'it does not decrypt what it has encrypted'
}

async function refusesTag(session: TokenSession, label: string): Promise<string | undefined> {
  const { name, iv, ciphertext } = await sealed(session, label)
  ciphertext[ciphertext.length - 1] = (ciphertext[ciphertext.length - 1] ?? 0) ^ 1
  return await refused(() => session.decrypt(name, iv, data, ciphertext))
}

async function refusesData(session: TokenSession, label: string): Promise<string | undefined> {
  const { name, iv, ciphertext } = await sealed(session, label)
  return await refused(() => session.decrypt(name, iv, Buffer.from('other'), ciphertext))
}

async function refused(work: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await work()
    return 'it decrypts what it must refuse'
  } catch (error) {
    if (error instanceof TokenProblem && error.code === 'Undecryptable') return undefined
    throw error
  }
}

/** Test case 16 of "The Galois/Counter Mode of Operation (GCM)", McGrew and Viega, appendix B: AES-256, 96-bit IV, associated data. */
const published = {
  key: 'feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308',
  iv: 'cafebabefacedbaddecaf888',
  data: 'feedfacedeadbeeffeedfacedeadbeefabaddad2',
  plaintext:
    'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
  ciphertext:
    '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662',
  tag: '76fc6ece0f4e1768cddf8853bb2d551b',
}

async function knownAnswer(session: TokenSession): Promise<string | undefined> {
  const bytes = (hex: string) => Buffer.from(hex, 'hex')
  const label = `${key}-known`
  await session.importSessionKey(label, bytes(published.key))
  const name = { label, isLasting: false }
  const answer = await session.encrypt(
    name,
    bytes(published.iv),
    bytes(published.data),
    bytes(published.plaintext),
  )
  return answer.toString('hex') === published.ciphertext + published.tag
    ? undefined
    : 'the ciphertext is not the published one'
}
