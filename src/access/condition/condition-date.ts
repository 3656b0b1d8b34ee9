const w3cDate =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:\d{2})?)?)?)?$/

/**
 * Reads a date of a condition as milliseconds since 1970: a W3C form of ISO 8601, or UNIX time in seconds (IAM user guide, "Date
 * condition operators"); undefined for any other text. Four digits are a year, a time without a zone is in UTC, and fractions
 * of a millisecond do not count (recorded from AWS).
 */
export function parseConditionDate(text: string): number | undefined {
  const match = w3cDate.exec(text)
  if (match === null) return /^[+-]?\d{1,12}(\.\d{1,9})?$/.test(text) ? Number(text) * 1000 : undefined
  const [
    ,
    year,
    month = '01',
    day = '01',
    hour = '00',
    minute = '00',
    second = '00',
    fraction = '',
    zone = 'Z',
  ] = match
  const local = `${year}-${month}-${day}T${hour}:${minute}:${second}`
  const millis = Date.parse(`${local}.${fraction.padEnd(3, '0').slice(0, 3)}Z`)
  // Date.parse takes February 30 for a day in March, and accepts 24:00.
  if (Number.isNaN(millis) || new Date(millis).toISOString().slice(0, 19) !== local) return undefined
  const offset = parseZone(zone)
  return offset === undefined ? undefined : millis - offset
}

function parseZone(zone: string): number | undefined {
  if (zone === 'Z') return 0
  const [hours = 0, minutes = 0] = zone.slice(1).split(':').map(Number)
  if (hours > 23 || minutes > 59) return undefined
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000
}
