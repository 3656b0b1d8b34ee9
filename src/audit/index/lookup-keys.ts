import { namesOfResource, type Scope } from '../../domain/index.ts'
import { sha256 } from '../../std/index.ts'
import type { LookupKey } from './event-query.ts'
import type { RecordFacts } from './record-facts.ts'
import type { CallerFacts, EndFacts, EventFacts } from './record-parts.ts'

/**
 * A key of the index: 40 bits of a digest of the account, the Region, the attribute and its value. Different values may have
 * equal keys, so a lookup reads each record again and compares.
 */
export interface HashedKey {
  readonly high: number
  readonly low: number
}

/** The text of all records of an account in a Region. */
export const scopeText = ({ accountId, region }: Scope) => `${accountId}\0${region}`

/** The text of the records with an attribute. */
export const attributeText = (scope: Scope, key: LookupKey, value: string) =>
  `${scopeText(scope)}\0${key}\0${value}`

/** Hashes a text of records. */
export function hashedKeyOf(text: string): HashedKey {
  const digest = sha256(text)
  return { high: digest.readUInt32BE(0), low: digest.readUInt8(4) }
}

const digitsOfKey = 10
/** The values of the hexadecimal digits, by their characters. */
const digitValues = new Int8Array(128).fill(-1)
for (const [value, digit] of [...'0123456789abcdef'].entries()) digitValues[digit.charCodeAt(0)] = value

/**
 * Returns the key of an event id. Ids are random, so their first digits are as good as a digest; the key of the scope keeps
 * accounts and Regions apart.
 */
export function eventIdKeyOf(scope: HashedKey, eventId: string): HashedKey {
  const own = keyOfDigits(eventId) ?? hashedKeyOf(eventId)
  return { high: (own.high ^ scope.high) >>> 0, low: own.low ^ scope.low }
}

function keyOfDigits(eventId: string): HashedKey | undefined {
  let [high, low] = [0, 0]
  for (let index = 0; index <= digitsOfKey; index++) {
    // The ninth character of a UUID is a hyphen.
    if (index === 8) continue
    const value = digitValues[eventId.charCodeAt(index)] ?? -1
    if (value === -1) return undefined
    if (index < 8) high = (high << 4) | value
    else low = (low << 4) | value
  }
  return { high: high >>> 0, low }
}

/** The texts that lookups find records by, apart by the parts of a record that say them. */
export const textsOf = {
  caller: (scope: Scope, { username, accessKeyId }: CallerFacts): string[] => [
    ...(username === undefined ? [] : [attributeText(scope, 'Username', username)]),
    ...(accessKeyId === undefined ? [] : [attributeText(scope, 'AccessKeyId', accessKeyId)]),
  ],
  event: (scope: Scope, { eventName, eventSource }: EventFacts): string[] => [
    scopeText(scope),
    attributeText(scope, 'EventName', eventName),
    attributeText(scope, 'EventSource', eventSource),
  ],
  end: (scope: Scope, { isReadOnly, resources }: EndFacts): string[] => [
    attributeText(scope, 'ReadOnly', String(isReadOnly)),
    ...resources.map(({ ResourceType: type }) => attributeText(scope, 'ResourceType', type)),
    ...resources.flatMap(namesOfResource).map(name => attributeText(scope, 'ResourceName', name)),
  ],
}

/** Whether lookups find a record by a text. */
export function isFoundBy(facts: RecordFacts, text: string): boolean {
  const scope = scopeOf(facts)
  const { caller, event, end } = facts
  const texts = [textsOf.event(scope, event), textsOf.caller(scope, caller), textsOf.end(scope, end)]
  return texts.some(some => some.includes(text))
}

/** Returns the account and the Region that a record belongs to. */
export const scopeOf = ({ event, end }: RecordFacts): Scope => ({
  accountId: end.accountId,
  region: event.region,
})
