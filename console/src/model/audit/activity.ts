import type { ShownEvent } from './events.ts'

/** The operations that use a key (AWS KMS developer guide, "Cryptographic operations"). */
const uses = new Set([
  ...['Decapsulate', 'Decrypt', 'DeriveSharedSecret', 'Encapsulate', 'Encrypt', 'GenerateDataKey'],
  ...['GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext', 'GenerateDataKeyWithoutPlaintext'],
  ...['GenerateMac', 'ReEncrypt', 'Sign', 'Verify', 'VerifyMac'],
])

/** Whether an event is of a use of the key, and not of its administration. */
export const isUse = ({ name }: Pick<ShownEvent, 'name'>): boolean => uses.has(name)

/** A span of time of a chart, and how often each user called in it. */
export interface Span {
  readonly from: Date
  readonly counts: Readonly<Record<string, number>>
}

export interface Activity {
  /** The users with the most calls, the most frequent first, and `Others` if there are more. */
  readonly users: readonly string[]
  readonly spans: readonly Span[]
}

const others = 'Others'
const usersMax = 5
const spansMax = 30
const minute = 60_000
/** The lengths that spans may have, in milliseconds: from a minute to thirty days. */
const lengths = [1, 5, 15, 60, 240, 1440, 4320, 10_080, 43_200].map(count => count * minute)

/** Counts events by user in spans of equal length, of which there are thirty at most. */
export function activityOf(events: readonly ShownEvent[]): Activity {
  const dated = events.flatMap(({ at, username }) =>
    at === undefined ? [] : [{ at: at.getTime(), user: username === '' ? 'AWS service' : username }],
  )
  if (dated.length === 0) return { users: [], spans: [] }
  const times = dated.map(({ at }) => at)
  const [first, last] = [times.reduce((a, b) => Math.min(a, b)), times.reduce((a, b) => Math.max(a, b))]
  const length = lengths.find(ms => (last - first) / ms < spansMax - 1) ?? lengths.at(-1) ?? minute
  const begin = Math.floor(first / length) * length
  const top = mostFrequent(dated.map(({ user }) => user))
  const spans = Array.from({ length: Math.floor((last - begin) / length) + 1 }, (_, index) => ({
    from: new Date(begin + index * length),
    counts: {} as Record<string, number>,
  }))
  for (const { at, user } of dated) {
    const counts = spans[Math.floor((at - begin) / length)]?.counts
    const name = top.includes(user) ? user : others
    if (counts !== undefined) counts[name] = (counts[name] ?? 0) + 1
  }
  const hasOthers = spans.some(({ counts }) => counts[others] !== undefined)
  return { users: hasOthers ? [...top, others] : top, spans }
}

function mostFrequent(users: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const user of users) counts.set(user, (counts.get(user) ?? 0) + 1)
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, usersMax)
    .map(([user]) => user)
}

/** How often a user called an operation, and the last time. */
export interface UseRow {
  readonly user: string
  readonly operation: string
  readonly calls: number
  readonly errors: number
  readonly last: Date | undefined
}

/** The calls by user and operation, the most frequent first. The events are the newest first. */
export function callRows(events: readonly ShownEvent[]): UseRow[] {
  const rows = new Map<string, UseRow>()
  for (const { username, name, errorCode, at } of events) {
    const key = JSON.stringify([username, name])
    const { calls = 0, errors = 0, last = at } = rows.get(key) ?? {}
    const user = username === '' ? 'AWS service' : username
    rows.set(key, {
      ...{ user, operation: name, calls: calls + 1, last },
      errors: errors + (errorCode === '' ? 0 : 1),
    })
  }
  return [...rows.values()].sort((a, b) => b.calls - a.calls)
}
