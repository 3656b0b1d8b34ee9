import { measureDeadProxy } from './dead-proxy.ts'
import { measureEndpoint } from './endpoint.ts'
import { measureHsm } from './hsm.ts'
import { measureIsolation } from './isolation.ts'
import { describeRun } from './machine.ts'
import { measureOperations } from './operations.ts'
import { measureRequest } from './request.ts'
import { measureTls } from './tls.ts'
import { measureXks } from './xks.ts'
import { measureXksProxy } from './xks-proxy.ts'

// Run with `npm run bench`, or `npm run bench -- PART` for one part. docs/performance.md has the
// variables that change it.

const parts = {
  request: measureRequest,
  operations: measureOperations,
  isolation: measureIsolation,
  tls: measureTls,
  endpoint: measureEndpoint,
  'xks-proxy': measureXksProxy,
  xks: measureXks,
  'dead-proxy': measureDeadProxy,
  hsm: measureHsm,
} as const

const names = process.argv.slice(2)
const unknown = names.find(name => !Object.hasOwn(parts, name))
if (unknown !== undefined) {
  console.error(`${unknown} is not a part of the benchmark; the parts are ${Object.keys(parts).join(', ')}.`)
  process.exit(2)
}
console.log(`${describeRun()}\n`)
for (const [name, part] of Object.entries(parts)) {
  if (names.length > 0 && !names.includes(name)) continue
  console.log(`## ${name}\n`)
  await part()
  console.log('')
}
