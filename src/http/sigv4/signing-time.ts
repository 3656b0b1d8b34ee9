import { ServiceError } from '../../domain/index.ts'
import { basicDate, type Millis } from '../../std/index.ts'
import { repeated, type SignatureClaim } from './signature-claim.ts'

/** How far the date of a signature may be from now, in minutes (recorded from AWS KMS, whose texts name the bound). */
const signedMinutes = 5
/** How far the date of a presigned request may be ahead, in minutes. Its end is its own. */
const presignedMinutes = 15
const minuteMillis = 60_000

const invalid = (text: string) => new ServiceError('InvalidSignatureException', text)

/**
 * Checks that the date of a signature is at most five minutes before or after now; a presigned request is valid from its
 * date until it expires. Throws IncompleteSignatureException for a malformed date, and InvalidSignatureException for
 * any other fault.
 */
export function checkSigningTime({ amzDate, date, expiresSeconds }: SignatureClaim, now: Millis): void {
  const signedAt = parseBasicDate(amzDate)
  if (signedAt === undefined) {
    throw new ServiceError(
      'IncompleteSignatureException',
      `Date must be in ISO-8601 'basic format'. Got '${repeated(amzDate)}'. See http://en.wikipedia.org/wiki/ISO_8601`,
    )
  }
  if (date !== amzDate.slice(0, 8)) {
    throw invalid(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${repeated(date)}' != '${amzDate.slice(0, 8)}', from '${amzDate}'.`,
    )
  }
  if (expiresSeconds === undefined) checkSigned(amzDate, signedAt, now)
  else checkPresigned(amzDate, signedAt, expiresSeconds, now)
}

function checkSigned(amzDate: string, signedAt: Millis, now: Millis): void {
  // Dates have whole seconds. The comparison has too, so that a text never says that a date is earlier than itself.
  const second = Math.floor(now / 1000) * 1000
  checkIsCurrent(amzDate, signedAt, signedMinutes, second)
  if (signedAt + signedMinutes * minuteMillis >= second) return
  throw expired(amzDate, signedMinutes * minuteMillis, `${signedMinutes} min.`, second)
}

function checkPresigned(amzDate: string, signedAt: Millis, expiresSeconds: number, now: Millis): void {
  checkIsCurrent(amzDate, signedAt, presignedMinutes, now)
  if (signedAt + expiresSeconds * 1000 >= now) return
  throw expired(amzDate, expiresSeconds * 1000, `${expiresSeconds} sec.`, now)
}

function checkIsCurrent(amzDate: string, signedAt: Millis, minutes: number, now: Millis): void {
  const latest = now + minutes * minuteMillis
  if (signedAt <= latest) return
  throw invalid(
    `Signature not yet current: ${amzDate} is still later than ${basicDate(latest)} (${basicDate(now)} + ${minutes} min.)`,
  )
}

function expired(amzDate: string, spanMillis: number, span: string, now: Millis): ServiceError {
  const earliest = basicDate(now - spanMillis)
  return invalid(
    `Signature expired: ${amzDate} is now earlier than ${earliest} (${basicDate(now)} - ${span})`,
  )
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
  return basicDate(millis) === text ? millis : undefined
}
