/** A range of times: back from now, or between two times. */
export type TimeRange =
  | { readonly kind: 'last'; readonly amount: number; readonly unit: TimeUnit }
  | { readonly kind: 'between'; readonly from: Date; readonly to: Date }

export type TimeUnit = 'minute' | 'hour' | 'day'

const unitMs: Readonly<Record<TimeUnit, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 }
const letters: Readonly<Record<string, TimeUnit>> = { m: 'minute', h: 'hour', d: 'day' }

/** Reads a range of an address: `6h`, or two times of ISO 8601 with `--` between them. Undefined for all times. */
export function readTimeRange(text: string | undefined): TimeRange | undefined {
  const [, amount, letter = ''] = /^(\d{1,5})([mhd])$/.exec(text ?? '') ?? []
  const unit = letters[letter]
  if (amount !== undefined && unit !== undefined) return { kind: 'last', amount: Number(amount), unit }
  const [from, to] = (text ?? '').split('--').map(part => new Date(part))
  if (from === undefined || to === undefined || Number.isNaN(from.getTime()) || Number.isNaN(to.getTime()))
    return undefined
  return from <= to ? { kind: 'between', from, to } : undefined
}

/** Writes a range as addresses have it. */
export function writeTimeRange(range: TimeRange): string {
  return range.kind === 'last'
    ? `${range.amount}${range.unit[0]}`
    : `${range.from.toISOString()}--${range.to.toISOString()}`
}

/** The first and the last time of a range. A range back from now has no last time. */
export function boundsOf(range: TimeRange | undefined, now: Date): { StartTime?: Date; EndTime?: Date } {
  if (range === undefined) return {}
  if (range.kind === 'between') return { StartTime: range.from, EndTime: range.to }
  return { StartTime: new Date(now.getTime() - range.amount * unitMs[range.unit]) }
}
