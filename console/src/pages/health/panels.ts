import { figuresOf, type Labels, type Reading, sumOf } from '../../model/server/figures.ts'
import type { ServerFigures } from '../../wire/keyward-server.ts'

/** A fact about the server. `state` says whether it is good, if it can be judged. */
export interface Fact {
  readonly label: string
  readonly value: string
  readonly state?: 'success' | 'warning' | 'error' | undefined
}

export interface Panel {
  readonly title: string
  readonly facts: readonly Fact[]
}

/** The days from which on an expiry is a warning. */
const warningDays = 30

/** The panels of the page. A fact whose metric the server does not have is left out. */
export function panelsOf(reading: ServerFigures): Panel[] {
  const panels = [server(reading), audit(reading), store(reading), hsm(reading), expiry(reading)]
  return [...panels, endpoints(reading)].filter(({ facts }) => facts.length > 0)
}

function server(reading: ServerFigures): Panel {
  const started = sumOf(reading, 'process_start_time_seconds')
  const readiness = { ok: 'Ready', unavailable: 'Not available', sealed: 'Sealed' }[reading.Readiness]
  return {
    title: 'Server',
    facts: [
      { label: 'State', value: readiness, state: reading.Readiness === 'ok' ? 'success' : 'error' },
      ...(started === undefined
        ? []
        : [{ label: 'Up since', value: new Date(started * 1000).toISOString() }]),
      ...count(reading, 'Open connections', 'keyward_http_connections'),
      ...bad(reading, 'Requests refused before an operation', 'keyward_http_refusals_total', 'none'),
    ],
  }
}

function audit(reading: Reading): Panel {
  return {
    title: 'Audit',
    facts: [
      ...flag(reading, 'Audit log', 'keyward_audit_failing', [
        'Written',
        'Cannot be written: every call fails',
      ]),
      ...count(reading, 'Records since the start', 'keyward_audit_records_total'),
      ...count(reading, 'Blocks that are not in the chain yet', 'keyward_audit_unsealed_blocks'),
      ...bad(reading, 'Records that wait after a failed write', 'keyward_audit_backlog_records', 'error'),
      ...bad(reading, 'Records that had no place', 'keyward_audit_dropped_records_total', 'error'),
      ...seconds(reading, 'Event history is behind by', 'keyward_audit_index_lag_seconds'),
      ...bad(reading, 'Trails that cannot be delivered', 'keyward_trails_failing', 'error'),
    ],
  }
}

function store(reading: Reading): Panel {
  const backup = sumOf(reading, 'keyward_backup_last_success_timestamp_seconds')
  const failed = sumOf(reading, 'keyward_rewrap_entities_broken') ?? 0
  return {
    title: 'Store',
    facts: [
      ...count(reading, 'Writes under way', 'keyward_store_writes_under_way'),
      ...bytes(reading, 'Database', 'keyward_store_file_bytes', { file: 'database' }),
      ...bytes(reading, 'Write-ahead log', 'keyward_store_file_bytes', { file: 'write_ahead_log' }),
      {
        label: 'Last backup',
        value: backup === undefined ? 'None' : new Date(backup * 1000).toISOString(),
        state: backup === undefined ? 'warning' : 'success',
      },
      ...(failed === 0
        ? []
        : [{ label: 'Entities that do not verify', value: String(failed), state: 'error' as const }]),
    ],
  }
}

function hsm(reading: Reading): Panel {
  return {
    title: 'HSM and key stores',
    facts: [
      ...count(reading, 'Tasks that run', 'keyward_hsm_queue_running'),
      ...bad(reading, 'Tasks that wait', 'keyward_hsm_queue_waiting', 'warning'),
      ...bad(reading, 'Tasks refused: too many waited', 'keyward_hsm_queue_refused_total', 'warning'),
      ...count(reading, 'HSMs that serve', 'keyward_hsm_tokens', { state: 'serving' }),
      ...bad(reading, 'HSMs that are away', 'keyward_hsm_tokens', 'error', { state: 'away' }),
      ...bad(reading, 'HSMs that were refused', 'keyward_hsm_tokens', 'error', { state: 'refused' }),
      ...bad(reading, 'Errors of HSMs', 'keyward_hsm_errors_total', 'warning'),
      ...bad(reading, 'Failed calls of external key stores', 'keyward_xks_proxy_errors_total', 'warning'),
    ],
  }
}

function expiry(reading: Reading): Panel {
  const days = (label: string, name: string, labels?: Labels): Fact[] =>
    figuresOf(reading, name, labels).map(({ Value, Labels: { certificate } }) => {
      const left = Math.floor(Number(Value))
      const state = left < 0 ? 'error' : left < warningDays ? 'warning' : 'success'
      return {
        label: certificate === 'issuer' ? `${label}, issuer` : label,
        value: left < 0 ? 'Expired' : left === 1 ? 'In one day' : `In ${left} days`,
        state,
      }
    })
  return {
    title: 'Expiry',
    facts: [
      ...days('HTTPS certificate', 'keyward_certificate_expiry_days'),
      ...days('Certificate of the XKS proxy', 'keyward_xks_proxy_own_certificate_expiry_days'),
      ...days('Certificate of private endpoints', 'keyward_vpc_endpoint_certificate_expiry_days'),
      ...days('Certificate of an external key store', 'keyward_xks_proxy_certificate_expiry_days'),
      ...days('Next imported key material', 'keyward_imported_material_expiry_days'),
    ],
  }
}

function endpoints(reading: Reading): Panel {
  return {
    title: 'Private endpoints',
    facts: [
      ...count(reading, 'Available', 'keyward_vpc_endpoints', { state: 'available' }),
      ...bad(reading, 'Failed', 'keyward_vpc_endpoints', 'error', { state: 'failed' }),
    ],
  }
}

const number = (value: number) => value.toLocaleString('en')

function fact(
  reading: Reading,
  [name, labels]: readonly [string, Labels?],
  make: (value: number) => Fact,
): Fact[] {
  const value = sumOf(reading, name, labels)
  return value === undefined ? [] : [make(value)]
}

const count = (reading: Reading, label: string, name: string, labels?: Labels) =>
  fact(reading, [name, labels], value => ({ label, value: number(value) }))

const bytes = (reading: Reading, label: string, name: string, labels: Labels) =>
  fact(reading, [name, labels], value => ({ label, value: `${number(Math.ceil(value / 1024))} KiB` }))

const seconds = (reading: Reading, label: string, name: string) =>
  fact(reading, [name], value => ({
    label,
    value: `${number(Math.round(value * 10) / 10)} s`,
    state: value > 60 ? 'warning' : 'success',
  }))

/** A count that should be zero. */
const bad = (
  reading: Reading,
  label: string,
  name: string,
  state: 'warning' | 'error' | 'none',
  labels?: Labels,
) =>
  fact(reading, [name, labels], value => ({
    label,
    value: number(value),
    ...(state !== 'none' && { state: value === 0 ? 'success' : state }),
  }))

/** A metric that is 1 in one state, and 0 in the good one. */
const flag = (reading: Reading, label: string, name: string, [good, fault]: readonly [string, string]) =>
  fact(reading, [name], value => ({
    label,
    value: value === 0 ? good : fault,
    state: value === 0 ? 'success' : 'error',
  }))
