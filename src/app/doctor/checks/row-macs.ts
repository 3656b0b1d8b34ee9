import { describeOlder, findOlderDomains } from '../../parts/database-checks.ts'
import { type Finding, fault, ok } from '../finding.ts'
import type { Subject } from '../subject.ts'

const shownMax = 5
const remedy =
  'Restore the database from a backup. To see everything that is concerned, stop the server and run keyward verify.'

/** Checks every entity of the database, the sets of entities, and that the audit log has seen no later state. */
export async function checkRowMacs(subject: Subject): Promise<readonly Finding[]> {
  if (!subject.directory.hasDatabase()) return [ok('There are no rows yet.')]
  const keys = await subject.keys()
  if ('problem' in keys) return [ok('The rows were not checked, because the root key is not open here.')]
  const rows = await subject.rows()
  if ('problem' in rows) return [fault(rows.problem, remedy)]
  const { store, seen } = rows.value
  const faults: string[] = []
  const count = await store.integrity.verify({ fault: text => faults.push(text), progress: () => undefined })
  for (const older of findOlderDomains(store.integrity.commitCounts(), seen))
    faults.push(describeOlder(older))
  if (faults.length === 0) return [ok(`All ${count} entities of the database verify.`)]
  const more = faults.length - shownMax
  return [
    ...faults.slice(0, shownMax).map(text => fault(`${text}.`, remedy)),
    ...(more > 0 ? [fault(`There are ${more} more faults.`, remedy)] : []),
  ]
}
