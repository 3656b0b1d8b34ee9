import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { decode, encode } from 'cborg'
import { signDocument } from '../../../test/fixtures/nitro-enclave.ts'
import { altered, enclave, good, refused } from './samples.test.ts'

test('a document that was altered after signing is refused', () => {
  const another = enclave.attest({ pcrs: { 0: '99'.repeat(48) } })
  const [, , payload, signature] = decode(another, { useMaps: true })
  refused(
    /signature/,
    altered(elements => elements.splice(2, 1, payload)),
  )
  refused(
    /signature/,
    altered(elements => elements.splice(3, 1, signature)),
  )
  const pcr = Buffer.from(good)
  pcr.fill(0x42, pcr.indexOf(Buffer.alloc(48, 5)), pcr.indexOf(Buffer.alloc(48, 5)) + 48)
  refused(/signature/, pcr)
  refused(
    /the signature has a different length/,
    altered(elements => elements.splice(3, 1, new Uint8Array(95))),
  )
  refused(
    /signature/,
    altered(elements => elements.splice(3, 1, new Uint8Array(96))),
  )
  const stranger = generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).privateKey
  refused(/signature/, signDocument(stranger, decode(good, { useMaps: true })[2]))
})

test('a message other than COSE_Sign1 with ES384 is refused', () => {
  const header = (map: Map<unknown, unknown>) => altered(elements => elements.splice(0, 1, encode(map)))
  refused(/ES384/, header(new Map([[1, -7]])))
  refused(/ES384/, header(new Map([[1, -36]])))
  refused(/ES384/, header(new Map([['1', -35]])))
  refused(/ES384/, header(new Map()))
  const kid = new Map<number, unknown>([
    [1, -35],
    [4, Buffer.of(1)],
  ])
  refused(/ES384/, header(kid))
  refused(
    /ES384/,
    altered(elements => elements.splice(0, 1, new Map([[1, -35]]))),
  )
  refused(
    /unprotected/,
    altered(elements => elements.splice(1, 1, new Map([[4, Buffer.of(1)]]))),
  )
  refused(
    /unprotected/,
    altered(elements => elements.splice(1, 1, null)),
  )
  refused(
    /no payload/,
    altered(elements => elements.splice(2, 1, null)),
  )
  refused(
    /no payload/,
    altered(elements => elements.splice(2, 1, new Uint8Array(0))),
  )
  refused(
    /payload is too long/,
    altered(elements => elements.splice(2, 1, new Uint8Array(16385))),
  )
  refused(
    /no signature/,
    altered(elements => elements.splice(3, 1, 'signature')),
  )
  refused(
    /COSE_Sign1/,
    altered(elements => elements.pop()),
  )
  refused(
    /COSE_Sign1/,
    altered(elements => elements.push(null)),
  )
  refused(/COSE_Sign1/, Buffer.from(encode(new Map())))
  refused(/CBOR/, Buffer.concat([Buffer.of(0xd2, 0xd2), good]))
  refused(/CBOR/, Buffer.concat([Buffer.of(0xd1), good]))
})
