import { createHash, type KeyObject } from 'node:crypto'
import { bytesOfNumber } from '../encoding/numbers.ts'
import { ecCurves, pointOf } from './ec-curves.ts'

/** The recommended curve (GB/T 32918.5, A). */
export const sm2Curve = {
  p: 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn,
  n: 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n,
  h: 1n,
  a: 0xfffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffcn,
  b: 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n,
  Gx: 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  Gy: 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
}

/** The size of a coordinate and of a scalar. */
export const sm2SizeBytes = 32

/**
 * Z (GB/T 32918.2, 5.5) of the default distinguishing id: SM3 hashes it before the message, so that the digest depends on
 * the signer too. OpenSSL under Node takes no id.
 */
export function sm2Identity(publicKey: KeyObject): Buffer {
  const id = Buffer.from('1234567812345678')
  const { a, b, Gx, Gy } = sm2Curve
  const hash = createHash('sm3')
    .update(Buffer.of(0, id.length * 8))
    .update(id)
  for (const number of [a, b, Gx, Gy]) hash.update(bytesOfNumber(number, sm2SizeBytes))
  return hash.update(pointOf(publicKey, ecCurves.SM2).subarray(1)).digest()
}
