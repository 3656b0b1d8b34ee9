import assert from 'node:assert/strict'
import { BlockList, isIP } from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import { isInRange, parseIpAddress, parseIpRange } from './ip-range.ts'

const familyOf = (text: string) => (text.includes(':') ? 'ipv6' : 'ipv4')

/**
 * Whether AWS and Node differ on such a text. To AWS, only IPv4 addresses inside IPv6 may have dots, and octets may have leading
 * zeros (recorded from AWS).
 */
const isReadDifferently = (text: string) => (text.includes(':') ? text.includes('.') : /(^|\.)0\d/.test(text))

test('parseIpAddress agrees with Node on which texts are addresses', () => {
  const texts = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.ipV4Extended(),
    fc.string({
      unit: fc.constantFrom('0', '1', 'f', '.', ':', '::', '255', '256', 'g', '/'),
      maxLength: 12,
    }),
  )
  fc.assert(
    fc.property(texts, text => {
      if (!isReadDifferently(text)) assert.equal(parseIpAddress(text) !== undefined, isIP(text) !== 0)
    }),
    { numRuns: 20_000 },
  )
})

test('isInRange agrees with Node on which addresses are in which ranges', () => {
  let inside = 0
  const v4 = fc.tuple(fc.ipV4(), fc.nat(32))
  const v6 = fc.tuple(fc.ipV6(), fc.nat(128))
  fc.assert(
    fc.property(fc.oneof(v4, v6), fc.nat(), fc.oneof(fc.ipV4(), fc.ipV6()), ([base, prefix], flip, other) => {
      const near = near32(base, flip)
      for (const address of [base, near, other]) {
        if (isMappedText(address) || isMappedText(base)) continue
        if (isReadDifferently(address) || isReadDifferently(base)) continue
        const list = new BlockList()
        list.addSubnet(base, prefix, familyOf(base))
        const expected = familyOf(address) === familyOf(base) && list.check(address, familyOf(address))
        inside += Number(expected)
        const range = parseIpRange(`${firstOf(base, prefix)}/${prefix}`)
        const parsed = parseIpAddress(address)
        assert.ok(range !== undefined && parsed !== undefined)
        assert.equal(isInRange(parsed, range), expected, `${address} in ${base}/${prefix}`)
      }
    }),
    { numRuns: 5000 },
  )
  assert.ok(inside > 5000)
})

/** The first address of an IPv6 range, the only one that can name the range. */
function firstOf(base: string, prefix: number): string {
  if (familyOf(base) === 'ipv4') return base
  const bits = (parseIpAddress(base) ?? []).map(byte => byte.toString(2).padStart(8, '0')).join('')
  const first = bits.slice(0, prefix).padEnd(128, '0')
  return (first.match(/.{16}/g) ?? []).map(group => Number.parseInt(group, 2).toString(16)).join(':')
}

/** An IPv4 address that differs in one bit, so that it is inside some ranges and outside others. */
function near32(base: string, flip: number): string {
  if (familyOf(base) === 'ipv6') return base
  const parts = base.split('.').map(Number)
  parts[flip % 4] = (parts[flip % 4] ?? 0) ^ (1 << (Math.floor(flip / 4) % 8))
  return parts.join('.')
}

const isMappedText = (text: string) => {
  const bytes = parseIpAddress(text)
  return familyOf(text) === 'ipv6' && bytes?.length === 4
}

test('an IPv4 address inside IPv6 is read as the IPv4 address', () => {
  assert.deepEqual(parseIpAddress('::ffff:192.0.2.1'), [192, 0, 2, 1])
  assert.deepEqual(parseIpAddress('::FFFF:c000:201'), [192, 0, 2, 1])
  assert.equal(parseIpAddress('::fffe:192.0.2.1'), undefined)
  assert.equal(parseIpAddress('::192.0.2.1'), undefined)
})
