import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import {
  type EncryptionAlgorithm,
  factsOf,
  isKeyPairSpec,
  type KeyPairSpec,
  type KeySpec,
  keySpecs,
  type MessageType,
  messageTypes,
  type SigningAlgorithm,
} from '../domain/index.ts'
import type { SignedMessage } from './backends/capabilities.ts'
import type { Hsm } from './hsm.ts'
import { Abandoned } from './problems.ts'
import { RequesterHsm } from './requester-hsm.ts'
import { makeTestHsm, newKey, ownerOf } from './samples.test.ts'
import type { ImportClaims } from './tokens/import-token.ts'

const { hsm } = makeTestHsm()
after(() => hsm.close())

// The client of this HSM has hung up, so all work that may have to wait must be dropped.
const gone = hsm.for({ accountId: '000000000000', signal: AbortSignal.abort() })
const isDropped = (work: Promise<unknown>, what: string) => assert.rejects(work, Abandoned, what)

const pairSpecs = (Object.keys(keySpecs) as KeySpec[]).filter(isKeyPairSpec)
/** The larger RSA keys take long to make, and take the same way. */
const usedSpecs = pairSpecs.filter(keySpec => keySpec !== 'RSA_3072' && keySpec !== 'RSA_4096')

function messagesOf(keySpec: KeyPairSpec): SignedMessage[] {
  const algorithms = factsOf(keySpec).algorithms.SIGN_VERIFY as SigningAlgorithm[] | undefined
  return (algorithms ?? []).flatMap(algorithm =>
    Object.entries(messageTypes[algorithm]).map(([messageType, { sizeBytes = 9 }]) => ({
      algorithm,
      messageType: messageType as MessageType,
      message: Buffer.alloc(sizeBytes, 1),
    })),
  )
}

test('no key pair is made for a client that is gone', async () => {
  for (const keySpec of pairSpecs) {
    await isDropped(gone.generateKeyPair(keySpec), keySpec)
    await isDropped(gone.generateKeyMaterial(ownerOf(keySpec)), keySpec)
  }
})

test('nothing is signed or verified in the slow lane or the pool for a client that is gone', async () => {
  // OpenSSL does these at once: RSA's public operation on a digest, and SM2 over a message.
  const atOnce = /^verify RSASSA\S+ DIGEST|SM2DSA RAW/
  const seen = new Set<string>()
  for (const keySpec of usedSpecs) {
    const key = await newKey(hsm, keySpec)
    for (const message of messagesOf(keySpec)) {
      const signature = await hsm.sign(key, message)
      for (const [name, work] of [
        ['sign', () => gone.sign(key, message)],
        ['verify', () => gone.verify(key, message, signature)],
      ] as const) {
        const what = `${name} ${message.algorithm} ${message.messageType}`
        if (atOnce.test(what)) seen.add(what)
        else await isDropped(work(), what)
      }
    }
  }
  assert.equal(seen.size, 6 + 2)
})

test('nothing is decrypted, agreed or encapsulated for a client that is gone', async () => {
  const oneByte = Buffer.of(1)
  for (const keySpec of usedSpecs) {
    const { algorithms } = factsOf(keySpec)
    const key = await newKey(hsm, keySpec)
    for (const algorithm of (algorithms.ENCRYPT_DECRYPT ?? []) as EncryptionAlgorithm[]) {
      const ciphertext = await hsm.encryptAsymmetric(key, algorithm, oneByte)
      await isDropped(gone.decryptAsymmetric(key, algorithm, ciphertext), algorithm)
      if (algorithm === 'SM2PKE') await isDropped(gone.encryptAsymmetric(key, algorithm, oneByte), algorithm)
    }
    if (algorithms.KEY_AGREEMENT !== undefined) {
      const { publicKey } = await hsm.generateKeyPair(keySpec)
      await isDropped(gone.deriveSharedSecret(key, publicKey), keySpec)
    }
    if (algorithms.ENCAPSULATE_DECAPSULATE !== undefined) {
      await isDropped(gone.encapsulate(key), keySpec)
      const { ciphertext } = await hsm.encapsulate(key)
      await isDropped(gone.decapsulate(key, ciphertext), keySpec)
    }
  }
})

test('no wrapping key is made and no key material unwrapped for a client that is gone', async () => {
  const claims: ImportClaims = {
    keyArn: 'arn:aws:kms:us-east-1:000000000000:key/00000000-0000-4000-8000-000000000001',
    wrappingAlgorithm: 'RSAES_OAEP_SHA_256',
    wrappingKeySpec: 'RSA_2048',
    validTo: 1_800_000_000_000,
  }
  await isDropped(gone.generateWrappingKey(claims), 'generateWrappingKey')
  const { importToken } = await hsm.generateWrappingKey(claims)
  const wrapped = Buffer.alloc(256, 1)
  const owner = ownerOf('SYMMETRIC_DEFAULT')
  await isDropped(gone.importWrappedKeyMaterial(owner, importToken, wrapped), 'importWrappedKeyMaterial')
})

test('each method passes its arguments on, and the requester behind them if the work may have to wait', () => {
  const requester = { accountId: '000000000000' }
  const slow = [
    ['generateKeyMaterial', 1],
    ['generateWrappingKey', 1],
    ['importWrappedKeyMaterial', 3],
    ['encrypt', 3],
    ['decrypt', 3],
    ['encryptAsymmetric', 3],
    ['decryptAsymmetric', 3],
    ['sign', 2],
    ['verify', 3],
    ['deriveSharedSecret', 2],
    ['encapsulate', 1],
    ['decapsulate', 2],
    ['generateKeyPair', 1],
  ] as const
  const calls: [string, ...unknown[]][] = []
  const base = new Proxy({} as Hsm, {
    get:
      (_base, name: string) =>
      (...args: unknown[]) =>
        calls.push([name, ...args]),
  })
  const view = new RequesterHsm(base, requester) as unknown as Record<string, (...args: number[]) => unknown>
  const names = Object.getOwnPropertyNames(RequesterHsm.prototype).filter(name => name !== 'constructor')
  assert.deepEqual(new Set(names), new Set(Object.keys(hsm)))
  for (const name of names) {
    const arity = slow.find(([slowName]) => slowName === name)?.[1]
    const args = name === 'for' ? [1] : [1, 2, 3, 4].slice(0, arity)
    view[name]?.(...args)
    assert.deepEqual(calls.pop(), [name, ...args, ...(arity === undefined ? [] : [requester])])
  }
})
