import type { Durability, RetentionLimits } from '../../audit/index.ts'
import type { Located, Millis } from '../../std/index.ts'
import { readSinks, readWitnesses, type SinkConfig, type WitnessConfig } from './audit-sinks.ts'
import { locateSetting } from './located-setting.ts'
import { readDuration, readSize } from './values/units.ts'

/** The checked settings of the audit log. */
export interface AuditSettings {
  /** When a record counts as written: on disk, or handed to the operating system. */
  readonly durability: Durability
  /** The least time between two signed heads. */
  readonly headIntervalMillis: Millis
  readonly fileSizeMaxBytes: number
  /** The bytes a minute that records of refusals without a proved caller may take. */
  readonly refusalBytesPerMinute: number
  /** The free space that such records leave on the disk. */
  readonly reserveBytes: number
  /** How long whole files are kept. */
  readonly retention: RetentionLimits
  readonly sinks: readonly SinkConfig[]
  readonly witnesses: readonly WitnessConfig[]
  /** The settings of the delivery of trails, which `trail-settings.ts` reads. */
  readonly trails: Located | undefined
}

const mebibyte = 1024 * 1024

/** Reads the settings from a YAML file, or from the setting if it is YAML itself. Throws OperatorError. */
export function readAuditSettings(setting: string | undefined): AuditSettings {
  const at = setting === undefined ? undefined : locateSetting(setting, 'audit')
  const known = [
    'durability',
    'heads',
    'files',
    'refusals',
    'reserve',
    'retention',
    'sinks',
    'witnesses',
    'trails',
  ] as const
  const members: Partial<Record<(typeof known)[number], Located>> = at?.members(known) ?? {}
  const { durability, heads, files, refusals, reserve, retention } = members
  const { maxSize } = files?.members(['maxSize']) ?? {}
  const { bytesPerMinute } = refusals?.members(['bytesPerMinute']) ?? {}
  const { days, size } = retention?.members(['days', 'size']) ?? {}
  return {
    durability: durability === undefined ? 'synced' : readDurability(durability),
    headIntervalMillis: heads === undefined ? 10_000 : readDuration(heads, 1000),
    fileSizeMaxBytes: maxSize === undefined ? 1024 * mebibyte : readSize(maxSize, mebibyte),
    refusalBytesPerMinute: bytesPerMinute === undefined ? mebibyte : readSize(bytesPerMinute, 0),
    reserveBytes: reserve === undefined ? 64 * mebibyte : readSize(reserve, 0),
    retention: {
      days: days === undefined ? undefined : readDays(days),
      sizeBytes: size === undefined ? undefined : readSize(size, mebibyte),
    },
    sinks: readSinks(members.sinks),
    witnesses: readWitnesses(members.witnesses),
    trails: members.trails,
  }
}

function readDurability(at: Located): Durability {
  const text = at.text()
  if (text !== 'synced' && text !== 'written') throw at.error('must be synced or written')
  return text
}

function readDays(at: Located): number {
  const days = /^\d{1,5}$/.test(at.text()) ? Number(at.text()) : 0
  if (days === 0) throw at.error('must be a number of days from 1 to 99999')
  return days
}
