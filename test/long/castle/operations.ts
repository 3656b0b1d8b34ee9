import { Init } from './init.ts'
import type { Operation } from './operation.ts'
import { Rekey } from './rekey.ts'
import { Rewrap } from './rewrap.ts'

export const initOperations = (): readonly Operation[] => [
  new Init('passphrase-file'),
  new Init('passphrase'),
  new Init('shares'),
]

export const rekeyOperations = (): readonly Operation[] => [
  new Rekey('file'),
  new Rekey('passphrase'),
  new Rekey('shares'),
  new Rekey('kms'),
]

export const rewrapOperations = (): readonly Operation[] => [new Rewrap()]

/** Makes all operations that `npm run long -- castle` kills. */
export const operations = (): readonly Operation[] => [
  ...initOperations(),
  ...rekeyOperations(),
  ...rewrapOperations(),
]
