const offsetPattern = /Z|[+-]\d{2}(?::?\d{2}(?::?\d{2}(?:[.,]\d{1,9})?)?)?/
const fraction = /(?:[.,](\d{1,9}))?/
const dayPattern = /([+-]?\d{1,9})(?:-(\d{3})|-(\d{1,2})(?:-(\d{1,2}))?|-W(\d{1,2})(?:-([1-7]))?)?/
const timePattern = new RegExp(
  `(\\d{1,2})(?::(\\d{1,2})(?::(\\d{1,2}))?)?${fraction.source}`, // the fraction is of the last unit
)
const isoDate = new RegExp(
  `^${dayPattern.source}(?:T(?:${timePattern.source})?(${offsetPattern.source})?)?$`,
  'i',
)

const dayMillis = 86_400_000
/** The largest UNIX time that AWS takes, in seconds (recorded from AWS). */
const secondsMax = 2n ** 63n - 1n

/**
 * Reads a date of a condition as milliseconds since 1970: a form of ISO 8601, or UNIX time in seconds (IAM user guide, "Date
 * condition operators"); undefined for any other text. The forms are those that AWS was recorded to take: years of any length,
 * dates by day of the year and by week, single digits, `t` in lower case, a time that is left out, an offset in hours. Four
 * digits are a year, a time without a zone is in UTC, and fractions of a millisecond do not count.
 */
export function parseConditionDate(text: string): number | undefined {
  if (/^[+-]?\d{1,12}\.\d{1,9}$/.test(text)) return Number(text) * 1000
  if (/^[+-]?\d{1,19}$/.test(text) && !/^\d{4}$/.test(text)) {
    return BigInt(text.replace('+', '')) > secondsMax ? undefined : Number(text) * 1000
  }
  const match = isoDate.exec(text)
  if (match === null) return undefined
  const [, year = '', dayOfYear, month, day, week, weekday, hour, minute, second, part, offset] = match
  const days =
    week === undefined
      ? dayOfYear === undefined
        ? dayOfMonth(Number(year), Number(month ?? 1), Number(day ?? 1))
        : dayOfOrdinal(Number(year), Number(dayOfYear))
      : dayOfWeek(Number(year), Number(week), Number(weekday ?? 1))
  const time = timeOf(hour, minute, second, part)
  const shift = offsetOf(offset ?? 'Z')
  if (days === undefined || time === undefined || shift === undefined) return undefined
  return days * dayMillis + time - shift
}

const isLeap = (year: number) => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)

function daysIn(year: number, month: number): number {
  return month === 2 ? (isLeap(year) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31
}

/** Days from 1970-01-01 to the first day of a year, also of years that `Date` cannot hold. */
function dayOfYearStart(year: number): number {
  const before = year - 1
  const leaps = Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400)
  return before * 365 + leaps - 719_162
}

function dayOfMonth(year: number, month: number, day: number): number | undefined {
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined
  let days = dayOfYearStart(year)
  for (let earlier = 1; earlier < month; earlier++) days += daysIn(year, earlier)
  return days + day - 1
}

function dayOfOrdinal(year: number, day: number): number | undefined {
  return day < 1 || day > (isLeap(year) ? 366 : 365) ? undefined : dayOfYearStart(year) + day - 1
}

/** The first week of a year has its fourth of January (ISO 8601). */
function dayOfWeek(year: number, week: number, weekday: number): number | undefined {
  const firstMonday = (of: number) => {
    const fourth = dayOfYearStart(of) + 3
    return fourth - ((((fourth + 3) % 7) + 7) % 7)
  }
  const start = firstMonday(year) + (week - 1) * 7
  return week < 1 || start >= firstMonday(year + 1) ? undefined : start + weekday - 1
}

/** Reads a time of day as milliseconds. A fraction belongs to the smallest unit that is given. */
function timeOf(hour = '0', minute?: string, second?: string, part = ''): number | undefined {
  if (Number(hour) > 23 || Number(minute ?? 0) > 59 || Number(second ?? 0) > 59) return undefined
  const unit = second !== undefined ? 1000 : minute !== undefined ? 60_000 : 3_600_000
  const whole = Number(hour) * 3_600_000 + Number(minute ?? 0) * 60_000 + Number(second ?? 0) * 1000
  return whole + Math.floor((Number(part || 0) * unit) / 10 ** part.length)
}

function offsetOf(offset: string): number | undefined {
  if (offset.toUpperCase() === 'Z') return 0
  const [, hours = '', minutes = '0', seconds = '0'] = /^.(\d{2}):?(\d{2})?:?(\d{2})?/.exec(offset) ?? []
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return undefined
  const size = Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Number(seconds) * 1000
  return offset.startsWith('-') ? -size : size
}
