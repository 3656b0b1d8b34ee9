import { list, string, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'

/** Returns information about all imports: there are none. */
export const ListImports = operation({
  name: 'ListImports',
  effect: 'read',
  input: structure({}),
  output: structure({ Imports: list(string()) }),
  handle: () => ({ Imports: [] }),
})
