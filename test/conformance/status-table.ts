import { kms } from '../../src/services/index.ts'
import { errorsMade } from './error-causes.ts'
import { placesOf, sdkOperations } from './sdk-schemas.ts'

/** The status table of README.md: whether each operation of AWS's SDK is built, and how much of it the tests check. */
export function renderStatusTable(): string {
  const rows = [...sdkOperations]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([operation, { input }]) => {
      if (!kms.operations.has(operation)) return [operation, 'no', '', '']
      return [operation, 'yes', placesOf(input).length, errorsMade(operation).length]
    })
  const head = [
    '| operation | | input members, each held to its constraints | declared errors, each made by a test |',
    '|---|---|--:|--:|',
  ]
  return [...head, ...rows.map(cells => `| ${cells.join(' | ')} |`)].join('\n')
}
