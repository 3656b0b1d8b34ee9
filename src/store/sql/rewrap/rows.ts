import { parseJson } from '../../../std/index.ts'
import type { RewrapPhase, RewrapProgress } from '../../contract/rewrap.ts'

export interface RewrapRow {
  /** There is one row. */
  name: 'current'
  started_at: number
  /** JSON: a list of texts, as are the next one and `broken`. */
  domains: string
  retiring_ids: string
  phase: RewrapPhase
  table_name: string
  /** JSON: the values of a primary key. */
  after_key: string | null
  done: number
  total: number
  broken: string
}

export function toRewrap(row: RewrapRow): RewrapProgress {
  return {
    startedAt: row.started_at,
    domains: parseJson(row.domains) as string[],
    retiringIds: parseJson(row.retiring_ids) as string[],
    phase: row.phase,
    table: row.table_name,
    after: row.after_key === null ? null : (parseJson(row.after_key) as unknown[]),
    done: row.done,
    total: row.total,
    broken: parseJson(row.broken) as string[],
  }
}

export function fromRewrap(progress: RewrapProgress): RewrapRow {
  return {
    name: 'current',
    started_at: progress.startedAt,
    domains: JSON.stringify(progress.domains),
    retiring_ids: JSON.stringify(progress.retiringIds),
    phase: progress.phase,
    table_name: progress.table,
    after_key: progress.after === null ? null : JSON.stringify(progress.after),
    done: progress.done,
    total: progress.total,
    broken: JSON.stringify(progress.broken),
  }
}
