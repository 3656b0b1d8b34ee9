import { ServiceError } from '../../domain/index.ts'
import type { Millis } from '../../std/index.ts'
import type { SignatureClaim } from './signature-claim.ts'

const windowMinutes = 15
const windowMillis = windowMinutes * 60_000

const invalid = (text: string) => new ServiceError('InvalidSignatureException', text)

/**
 * Checks that the date of a signature is at most 15 minutes before or after now; a presigned request is valid from its
 * date until it expires. Throws IncompleteSignatureException for a malformed date, and InvalidSignatureException for
 * any other fault.
 */
export function checkSigningTime({ amzDate, date, expiresSeconds }: SignatureClaim, now: Millis): void {
  const signedAt = parseBasicDate(amzDate)
  if (signedAt === undefined) {
    throw new ServiceError(
      'IncompleteSignatureException',
      `Date must be in ISO-8601 'basic format'. Got '${amzDate}'. See http://en.wikipedia.org/wiki/ISO_8601`,
    )
  }
  if (date !== amzDate.slice(0, 8)) {
    throw invalid(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${date}' != '${amzDate.slice(0, 8)}', from '${amzDate}'.`,
    )
  }
  if (signedAt - now > windowMillis) {
    const latest = renderBasicDate(now + windowMillis)
    throw invalid(
      `Signature not yet current: ${amzDate} is still later than ${latest} (${renderBasicDate(now)} + ${windowMinutes} min.)`,
    )
  }
  const endsAt = signedAt + (expiresSeconds === undefined ? windowMillis : expiresSeconds * 1000)
  if (endsAt < now) throw invalid(expiredText(amzDate, expiresSeconds, now))
}

function expiredText(amzDate: string, expiresSeconds: number | undefined, now: Millis): string {
  const nowText = renderBasicDate(now)
  const earliest = renderBasicDate(
    now - (expiresSeconds === undefined ? windowMillis : expiresSeconds * 1000),
  )
  const span = expiresSeconds === undefined ? `${windowMinutes} min.` : `${expiresSeconds} sec.`
  return `Signature expired: ${amzDate} is now earlier than ${earliest} (${nowText} - ${span})`
}

// The last date is cached, because many requests are signed within one second.
let lastText = ''
let lastMillis: Millis | undefined

function parseBasicDate(text: string): Millis | undefined {
  if (text !== lastText) {
    lastMillis = computeBasicDate(text)
    lastText = text
  }
  return lastMillis
}

function computeBasicDate(text: string): Millis | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text)
  if (match === null) return undefined
  const [, year, month, day, hour, minute, second] = match.map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const millis = Date.UTC(year, month - 1, day, hour, minute, second)
  // Date.UTC turns a date that does not exist into a later date.
  return renderBasicDate(millis) === text ? millis : undefined
}

function renderBasicDate(millis: Millis): string {
  return new Date(millis).toISOString().replaceAll(/[:-]|\.\d{3}/g, '')
}
