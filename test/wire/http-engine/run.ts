import { allowedStrictness } from './compare.ts'
import { corpusOf, generated } from './corpus.ts'
import { compareAll, describeFindings } from './differential.ts'
import { EngineSide } from './engine-side.ts'
import { NodeSide } from './sides.ts'

// Compares Keyward's HTTP engine with node:http: run with `npm run differential`. DIFFERENTIAL_SEED and DIFFERENTIAL_COUNT set
// a different seed and number of connections. KEYWARD_HTTP_CORPUS names a directory of files with raw requests, which are
// compared instead.

const seed = Number(process.env['DIFFERENTIAL_SEED'] ?? 11)
const count = Number(process.env['DIFFERENTIAL_COUNT'] ?? 100_000)
const directory = process.env['KEYWARD_HTTP_CORPUS']

const sides = { reference: new NodeSide(), ours: new EngineSide(), allowed: allowedStrictness }
const all = directory === undefined ? generated(seed, count) : corpusOf(directory)
const findings = await compareAll(sides, all)
console.log(describeFindings(findings))
await Promise.all([sides.reference.close(), sides.ours.close()])
process.exitCode = findings.faults.length > 0 ? 1 : 0
