import type { Operation } from './operation.ts'
import { Rekey } from './rekey.ts'

/** Makes all operations that `npm run long -- castle` kills. */
export const operations = (): readonly Operation[] => [
  new Rekey('file'),
  new Rekey('passphrase'),
  new Rekey('shares'),
  new Rekey('kms'),
]
