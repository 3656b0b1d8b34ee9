import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { p256, p384, p521 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { bitsOf, CurveMachine } from './curve-machine.ts'

const numberOf = (text: string) => {
  const hash = (part: number) => createHash('sha512').update(`${text} ${part}`).digest('hex')
  return BigInt(`0x${hash(1)}${hash(2)}`)
}

/** Numbers at the borders of limbs and of the modulus, and arbitrary ones. */
function numbersBelow(modulus: bigint): bigint[] {
  const atLimbs = [1n, 2n, 8n, 9n].map(limb => 1n << (29n * limb))
  const borders = [0n, 1n, 2n, ...atLimbs.flatMap(limb => [limb - 1n, limb, limb + 1n])]
  const others = Array.from({ length: 20 }, (_, i) => numberOf(`${modulus} ${i}`))
  return [...borders, ...borders.map(border => modulus - border), ...others].map(
    number => ((number % modulus) + modulus) % modulus,
  )
}

for (const [name, { Point }] of Object.entries({ p256, p384, p521, secp256k1 })) {
  const machine = new CurveMachine(Point.Fp.ORDER, Point.Fn.ORDER, 16)
  const [a, b, result] = [machine.working(0), machine.working(1), machine.working(2)]

  for (const modulus of [machine.field, machine.order]) {
    test(`sums, differences and products modulo ${modulus.value} (${name}) are those of BigInt`, () => {
      const { value } = modulus
      const numbers = numbersBelow(value)
      for (const left of numbers) {
        for (const right of numbers) {
          modulus.write(a, left)
          modulus.write(b, right)
          modulus.multiply(result, a, b)
          assert.equal(modulus.read(result), (left * right) % value, `${left} * ${right}`)
          modulus.add(result, a, b)
          assert.equal(modulus.read(result), (left + right) % value, `${left} + ${right}`)
          modulus.subtract(result, a, b)
          assert.equal(modulus.read(result), (left - right + value) % value, `${left} - ${right}`)
        }
      }
    })

    test(`each number but 0 has its inverse modulo ${modulus.value} (${name})`, () => {
      for (const number of numbersBelow(modulus.value)) {
        modulus.write(a, number)
        assert.equal(modulus.invert(result, a), number !== 0n)
        if (number !== 0n) assert.equal((modulus.read(result) * number) % modulus.value, 1n)
      }
    })

    test(`random numbers modulo ${modulus.value} (${name}) are below it, and reach all of its bits`, () => {
      const numbers = Array.from({ length: 100 }, () => BigInt(`0x${modulus.random().toString('hex')}`))
      assert.ok(numbers.every(number => number < modulus.value))
      assert.equal(
        numbers
          .reduce((all, number) => all | number)
          .toString(2)
          .replaceAll('1', ''),
        '',
      )
      assert.equal(
        numbers.reduce((all, number) => all | number).toString(2).length,
        modulus.value.toString(2).length,
      )
    })
  }

  test(`a number of ${name} in bytes is the same number`, () => {
    for (const number of numbersBelow(Point.Fn.ORDER)) {
      machine.order.writeBytes(a, Buffer.from(Point.Fn.toBytes(number)))
      assert.equal(machine.order.read(a), number)
    }
  })

  test(`each entry of a table of ${name} can be picked`, () => {
    const table = machine.allocate(8)
    const numbers = numbersBelow(Point.Fn.ORDER).slice(-8)
    for (const [i, number] of numbers.entries()) machine.write(table + i * machine.layout.sizeBytes, number)
    for (const [i, number] of numbers.entries()) {
      machine.pickNumber(a, table, i, 8)
      assert.equal(machine.read(a), number)
      machine.pickPoint(a, table, i >> 1, 4)
      assert.equal(machine.read(i % 2 === 0 ? a : b), number)
    }
  })
}

test('bits are those of the number, and 0 above it', () => {
  const bytes = Buffer.from('8001f0', 'hex')
  assert.deepEqual(
    [0, 4, 6, 16, 20, 24].map(from => bitsOf(bytes, from, 6)),
    [0b110000, 0b011111, 0b000111, 0b000000, 0b001000, 0],
  )
})
