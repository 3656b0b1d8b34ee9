import type { Located, Millis } from '../../../std/index.ts'

const mebibyte = 1024 * 1024
const unitMillis: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 }

/** Reads a time that is at least `min`, such as 10s, 5m or 1h. Throws OperatorError. */
export function readDuration(at: Located, min: Millis): Millis {
  const [, number = '', unit = ''] = /^(\d{1,6})([smh])$/.exec(at.text()) ?? []
  const millis = Number(number) * (unitMillis[unit] ?? Number.NaN)
  if (!(millis >= min)) {
    const examples = min > 10_000 ? '5m or 1h' : '10s, 5m or 1h'
    throw at.error(`must be a time such as ${examples}, and at least ${min / 1000}s`)
  }
  return millis
}

const unitBytes: Readonly<Record<string, number>> = {
  '': 1,
  KiB: 1024,
  MiB: mebibyte,
  GiB: 1024 * mebibyte,
  TiB: mebibyte * mebibyte,
}

/** Reads a size, such as 64MiB or 500GiB. Throws OperatorError. */
export function readSize(at: Located, min: number): number {
  const [, number = '', unit = 'none'] = /^(\d{1,15})(KiB|MiB|GiB|TiB|)$/.exec(at.text()) ?? []
  const bytes = Number(number) * (unitBytes[unit] ?? Number.NaN)
  if (!(bytes >= min) || !Number.isSafeInteger(bytes))
    throw at.error(`must be a size such as 64MiB or 500GiB${min > 0 ? ', and at least 1MiB' : ''}`)
  return bytes
}
