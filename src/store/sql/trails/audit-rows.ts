import { globalDomain } from '../../../domain/index.ts'
import type { NamedCursor, WitnessedHead } from '../../contract/audit-cursors.ts'
import type { EntityRows } from '../authenticity/macs.ts'

export interface AuditCursorRow {
  name: string
  stream: string
  log_file: string
  log_offset: number
}

export interface WitnessedHeadRow {
  account_id: string
  stream: string
  head: number
  block: number
  chain: string
  records: number
  time: string
  signing_key: string
  signature: string
  witnessed_at: number
}

function toNamedCursor({ name, stream, log_file, log_offset }: AuditCursorRow): NamedCursor {
  return { name, cursor: { stream, file: log_file, offset: log_offset } }
}

export function fromNamedCursor({ name, cursor }: NamedCursor): AuditCursorRow {
  return { name, stream: cursor.stream, log_file: cursor.file, log_offset: cursor.offset }
}

function toWitnessedHead(row: WitnessedHeadRow): WitnessedHead {
  const { account_id, signing_key, witnessed_at, ...same } = row
  const { stream, head, block, chain, records, time, signature } = same
  const names = { accountId: account_id, stream, head, block, chain, records, time, signature }
  return { ...names, key: signing_key, witnessedAt: witnessed_at }
}

export function fromWitnessedHead(witnessed: WitnessedHead): WitnessedHeadRow {
  const { accountId, stream, head, block, chain, records, time, key, signature, witnessedAt } = witnessed
  const same = { stream, head, block, chain, records, time, signature }
  return { ...same, account_id: accountId, signing_key: key, witnessed_at: witnessedAt }
}

/** A cursor that somebody moved forward would hide records from the reader. */
export const auditCursorRows: EntityRows<AuditCursorRow, NamedCursor> = {
  toEntity: toNamedCursor,
  toAuthentic: row => ({
    kind: 'cursor in the audit log',
    domain: globalDomain,
    name: `${row.name} in ${row.stream}`,
    content: () => toNamedCursor(row),
  }),
}

export const witnessedHeadRows: EntityRows<WitnessedHeadRow, WitnessedHead> = {
  toEntity: toWitnessedHead,
  toAuthentic: row => ({
    kind: 'witnessed head',
    domain: globalDomain,
    name: `${row.head} of ${row.stream}`,
    content: () => toWitnessedHead(row),
  }),
}
