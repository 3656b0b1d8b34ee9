import assert from 'node:assert/strict'
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { CryptokiError } from '../cryptoki-calls.ts'
import { Gcm, type GcmWork } from '../gcm.ts'
import { TokenProblem } from '../problem.ts'
import { type GcmToken, probeIvs } from './abilities.ts'

// Tokens that make the IV themselves, as AWS CloudHSM does ("AES-GCM: the HSM generates the IV"). SoftHSM2 takes that of the caller, so these are
// doubles of the library.

/** The use that a token makes of the IV that it gets. */
type MakeIv = (given: Uint8Array | undefined) => Buffer

/** Returns a token whose key lives here. */
function tokenWith(makeIv: MakeIv, seal = gcmSeal): GcmToken & { readonly destroyed: bigint[] } {
  const [key, destroyed] = [randomBytes(32), [] as bigint[]]
  return {
    session: 1n,
    destroyed,
    cryptoki: {
      generateKey: () => 7n,
      encryptGcm: (_, __, { iv: given, data, input }: GcmWork) => {
        const iv = makeIv(given)
        return { iv, ciphertext: seal(key, iv, data, input) }
      },
      decryptGcm: (_, __, { iv, data, input }) => gcmOpen(key, iv ?? Buffer.alloc(12), data, input),
      destroyObject: (_, object) => void destroyed.push(object),
    },
  }
}

function gcmSeal(key: Buffer, iv: Buffer, data: Buffer, input: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(data)
  return Buffer.concat([cipher.update(input), cipher.final(), cipher.getAuthTag()])
}

function gcmOpen(key: Buffer, iv: Uint8Array, data: Buffer, input: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, iv).setAAD(data).setAuthTag(input.subarray(-16))
  return Buffer.concat([decipher.update(input.subarray(0, -16)), decipher.final()])
}

/** CKR_MECHANISM_PARAM_INVALID for an IV that is not zero. */
function insisting(make: () => Buffer): MakeIv {
  return given => {
    if (given !== undefined) throw new CryptokiError('C_EncryptInit', 0x71)
    return make()
  }
}

function counter(): () => Buffer {
  let count = 0
  return () => {
    const iv = Buffer.alloc(12, 0xa5)
    iv.writeUInt32BE(++count, 8)
    return iv
  }
}

test('a token that takes the IV of the caller is known from one that makes it', () => {
  const token = tokenWith(given => Buffer.from(given ?? assert.fail('it was to make an IV')))
  assert.equal(probeIvs(token), 'given')
  assert.deepEqual(token.destroyed, [7n])
  assert.equal(probeIvs(tokenWith(insisting(() => randomBytes(12)))), 'random')
  assert.equal(probeIvs(tokenWith(insisting(() => randomBytes(16)))), 'random')
  // A token may take the IV and use its own.
  assert.equal(probeIvs(tokenWith(() => randomBytes(12))), 'random')
})

test('IVs that count are found out', () => {
  assert.equal(probeIvs(tokenWith(insisting(counter()))), 'counted')
  assert.equal(probeIvs(tokenWith(counter())), 'counted')
})

test('a token that is not to be trusted with AES-GCM is refused, and keeps no key', () => {
  const twice = tokenWith(insisting(() => Buffer.alloc(12, 7)))
  assert.throws(() => probeIvs(twice), isRefused(/initialization vector twice/))
  const garbled = tokenWith(
    insisting(() => randomBytes(12)),
    (key, iv, data, input) => gcmSeal(key, iv, data, Buffer.alloc(input.length)),
  )
  assert.throws(() => probeIvs(garbled), isRefused(/does not decrypt what it has encrypted/))
  for (const { destroyed } of [twice, garbled]) assert.deepEqual(destroyed, [7n])
})

const isRefused = (says: RegExp) => (error: unknown) =>
  error instanceof TokenProblem && error.code === 'Refused' && says.test(error.message)

/** Returns AES-GCM with a library that writes this over the IV of the parameters, as C_EncryptInit or C_Encrypt of a token do. */
function gcmWith(made: Buffer | undefined) {
  const buffers = new Map<bigint, Buffer>()
  let next = 1n
  let parameters: Buffer | undefined
  const calls = {
    addressOf(buffer: Buffer) {
      buffers.set(next, buffer)
      return next++
    },
    hold: () => undefined,
    call(name: string, _: bigint, second: Buffer, ...rest: (Buffer | bigint | number)[]) {
      if (name.endsWith('Init')) {
        parameters = buffers.get(second.readBigUInt64LE(8))
        return
      }
      if (made !== undefined) {
        buffers.get(parameters?.readBigUInt64LE() ?? 0n)?.set(made)
        parameters?.writeBigUInt64LE(BigInt(made.length), 8)
      }
      const length = rest[2] as Buffer
      length.writeBigUInt64LE(BigInt(Number(rest[0]) + 16))
    },
  }
  return new Gcm(calls)
}

function encryptedIv(made: Buffer | undefined, iv: Buffer | undefined): Buffer {
  const gcm = gcmWith(made)
  const [data, input, output, target] = [Buffer.alloc(3), Buffer.alloc(5), Buffer.alloc(21), Buffer.alloc(16)]
  assert.equal(gcm.encrypt(1n, 2n, { iv, data, input }, output), 21)
  return target.subarray(0, gcm.copyIv(target))
}

test('an IV that the token makes is read back from the parameters', () => {
  const [given, made, long] = [Buffer.alloc(12, 1), Buffer.alloc(12, 2), Buffer.alloc(16, 3)]
  assert.deepEqual(encryptedIv(undefined, given), given)
  assert.deepEqual(encryptedIv(made, undefined), made)
  assert.deepEqual(encryptedIv(long, undefined), long)
  // The IV that was used is that of the parameters, whatever was given.
  assert.deepEqual(encryptedIv(made, given), made)
})

test('zeros that a token leaves in place of an IV are refused', () => {
  assert.throws(() => encryptedIv(undefined, undefined), /C_Encrypt answered with 0x71/)
})
