import { ServiceError } from '../../../domain/index.ts'
import { type Infer, integer, list, type Millis, required, string, structure } from '../../../std/index.ts'
import { listingOf, makeToken, openToken } from '../../page-tokens.ts'
import { type HistoryPlace, type HistoryQuery, lookupKeys, operation } from '../operation.ts'
import { timeType } from '../wire/shapes.ts'
import { eventType, renderEvent } from './rendered-event.ts'

const input = structure({
  LookupAttributes: list(structure({ AttributeKey: required(string()), AttributeValue: required(string()) })),
  StartTime: timeType,
  EndTime: timeType,
  EventCategory: string(),
  MaxResults: integer(),
  NextToken: string(),
})

type Given = Infer<typeof input>

const historyMillis = 90 * 24 * 60 * 60 * 1000
const resultsMax = 50
const valueLengthMax = 2000

/** Looks up management events that are captured by CloudTrail in the last 90 days. */
export const LookupEvents = operation({
  name: 'LookupEvents',
  effect: 'read',
  input,
  output: structure({ Events: list(eventType), NextToken: string() }),
  async handle({ input: given, scope, now, history, secrets }) {
    const attribute = readAttribute(given.LookupAttributes ?? [])
    const limit = readLimit(given.MaxResults)
    const range = readRange(given, now)
    // There are no Insights events.
    if (isAboutInsights(given.EventCategory)) return { Events: [] }
    // A token is good for the same parameters alone.
    const { LookupAttributes, StartTime, EndTime, EventCategory, MaxResults, NextToken } = given
    const parameters = [LookupAttributes, StartTime, EndTime, EventCategory, MaxResults]
    const listing = listingOf('LookupEvents', scope, ...parameters.map(value => value ?? null))
    const before =
      NextToken === undefined
        ? undefined
        : (openToken(secrets, listing, NextToken, invalidToken) as HistoryPlace)
    const { lines, next } = await history.lookup({
      scope,
      limit,
      ...range,
      ...(attribute && { attribute }),
      ...(before && { before }),
    })
    const place = next && { time: next.time, file: next.file, offset: next.offset }
    return {
      Events: lines.map(renderEvent),
      NextToken: place && makeToken(secrets, listing, place),
    }
  },
})

const invalidToken = () => new ServiceError('InvalidNextTokenException', 'Invalid Token')

const isLookupKey = (name: string): name is (typeof lookupKeys)[number] =>
  lookupKeys.some(key => key === name)

function readAttribute(given: NonNullable<Given['LookupAttributes']>): HistoryQuery['attribute'] {
  const [attribute, ...further] = given
  if (attribute === undefined) return undefined
  if (further.length > 0) throw invalidAttributes('The list of lookup attributes can have only one item.')
  const { AttributeKey: key, AttributeValue: value } = attribute
  if (!isLookupKey(key)) throw invalidAttributes(`The lookup attribute ${key} is not valid.`)
  // Underscores, spaces, commas and line ends count twice (CloudTrail API reference, "LookupAttribute").
  const length = value.length + (value.match(/[_ ,\n]/g)?.length ?? 0)
  if (length < 1 || length > valueLengthMax)
    throw invalidAttributes(
      `The value of a lookup attribute can have 1 to ${valueLengthMax} characters, of which _, spaces, commas and line ends count twice.`,
    )
  return { key, value }
}

const invalidAttributes = (text: string) => new ServiceError('InvalidLookupAttributesException', text)

function readLimit(given = resultsMax): number {
  if (given >= 1 && given <= resultsMax) return given
  throw new ServiceError('InvalidMaxResultsException', `MaxResults can be 1 to ${resultsMax}.`)
}

/** Returns the range of times. Records have whole seconds, so the range begins with its first second. */
function readRange({ StartTime: start, EndTime: end }: Given, now: Millis): { from: Millis; to: Millis } {
  if (start !== undefined && end !== undefined && start > end)
    throw new ServiceError('InvalidTimeRangeException', 'The start time is after the end time.')
  const oldest = now - historyMillis
  const from = start === undefined ? oldest : Math.floor(start / 1000) * 1000
  return { from: Math.max(from, oldest), to: Math.min(end ?? now, now) }
}

function isAboutInsights(category: string | undefined): boolean {
  if (category === undefined || category === 'insight') return category === 'insight'
  throw new ServiceError('InvalidEventCategoryException', `The event category ${category} is not valid.`)
}
