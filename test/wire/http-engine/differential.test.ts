import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { allowedStrictness } from './compare.ts'
import { generated } from './corpus.ts'
import { compareAll, describeFault } from './differential.ts'
import { EngineSide } from './engine-side.ts'
import { NodeSide, type Side } from './sides.ts'

// Data that Keyward's HTTP engine takes, node:http takes too, with the same meaning. This is the short form of
// `npm run differential`, which sends a hundred thousand; DIFFERENTIAL_SEED sets a different seed.

const seed = Number(process.env['DIFFERENTIAL_SEED'] ?? 11)
const count = Number(process.env['DIFFERENTIAL_COUNT'] ?? 3000)

const sides = { reference: new NodeSide(), ours: new EngineSide(), allowed: allowedStrictness }
after(() => Promise.all([sides.reference.close(), sides.ours.close()]))

test(`the engine reads the odd and hostile data of ${count} connections as node:http does`, async () => {
  const findings = await compareAll(sides, generated(seed, count))
  assert.equal(findings.faults.length, 0, findings.faults.map(describeFault).join('\n'))
  assert.equal(findings.compared, count)
  // Data that is all refused, or all taken, would prove little.
  assert.ok(findings.refused >= count * 0.3, `only ${findings.refused} were refused`)
  assert.ok(findings.agreed >= count * 0.5, `only ${findings.agreed} requests were taken`)
})

/** Data that versions of llhttp read differently, or that a reader of its events reads wrongly. */
const knownDifferences: readonly string[] = [
  'PUT / HTTP/1.1\r\nConnection: close\t\r\n\r\nGET /after HTTP/1.1\r\n\r\n',
  'GET / HTTP/1.1\r\nConnection: x,\tclose\t,y\r\n\r\n',
  'GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\nGET /after HTTP/1.1\r\n\r\n',
  'GET / HTTP/1.1\r\nA: b\t \r\nB:\r\nA:\tc\r\n__proto__: d\r\n\r\n',
  'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;x="\r\n"\r\ny\r\n0\r\nHost: t\r\n\r\nGET /after HTTP/1.1\r\n\r\n',
  'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\ny\r\n0\r\nContent-Length: 9\r\nConnection: close\r\n\r\nGET /after HTTP/1.1\r\n\r\n',
]

for (const text of knownDifferences) {
  test(`known data is read as node:http reads it, wherever it is split: ${JSON.stringify(text)}`, async () => {
    const bytes = Buffer.from(text, 'latin1')
    const places = Array.from({ length: bytes.length - 1 }, (_, index) => index + 1)
    const all = [[], places, ...places.map(place => [place])]
    const findings = await compareAll(
      sides,
      all.map(cuts => ({ name: cuts.join(), sent: { bytes, cuts } })),
    )
    assert.equal(findings.faults.length, 0, findings.faults.map(describeFault).join('\n'))
    assert.equal(findings.stricter.size, 0)
  })
}

test('a server that is less strict is found out', async () => {
  // The lenient parser of Node reads requests that are refused otherwise, and reads the end of some differently.
  const lenient: Side = new NodeSide({ insecureHTTPParser: true })
  const findings = await compareAll({ ...sides, ours: lenient }, generated(seed, 400))
  await lenient.close()
  assert.ok(findings.faults.length >= 3)
  const described = findings.faults.map(describeFault).join('\n')
  assert.match(described, /takes request \d+, which the reference does not take/)
})
