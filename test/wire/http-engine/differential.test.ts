import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { allowedStrictness } from './compare.ts'
import { generated } from './corpus.ts'
import { compareAll, describeFault } from './differential.ts'
import { EngineSide } from './engine-side.ts'
import { NodeSide } from './sides.ts'

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
