import { integer, required, string, structure } from '../../std/index.ts'

const count = required(integer({ min: 0 }))
const hex = required(string({ min: 64, max: 64, pattern: '[0-9a-f]{64}' }))

/** The name of a log, a UUID. */
export const streamType = string({ min: 36, max: 36, pattern: '[0-9a-f-]{36}' })

/** A signed head of an audit log (docs/audit.md). */
export const headType = structure({
  Stream: required(streamType),
  Head: required(integer({ min: 1 })),
  Block: count,
  Chain: hex,
  Records: count,
  Time: required(string({ min: 20, max: 30, pattern: '[0-9TZ:.-]+' })),
  Key: hex,
  Signature: required(string({ min: 88, max: 88, pattern: '[A-Za-z0-9+/]+=*' })),
})
