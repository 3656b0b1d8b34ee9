import { isDeepStrictEqual } from 'node:util'
import type { Sent } from './messages.ts'
import { type Facts, headSizeMaxBytes, type Outcome, type Understood } from './sides.ts'

/** A way in which ours is stricter than the reference, with its reason. */
export interface Strictness {
  readonly reason: string
  /** The status of the refusal. */
  readonly status: number
  /** Whether it explains that ours refused a request, which the reference took. */
  explains(request: Understood, facts: Facts, sent: Sent): boolean
}

/** The result of a comparison. */
export type Verdict =
  | { readonly kind: 'same' }
  /** Ours refused more, for a reason that has this name. */
  | { readonly kind: 'stricter'; readonly reason: string }
  /** A fault of ours. */
  | { readonly kind: 'fault'; readonly what: string }

/** The limit of both sides on chunk extensions. */
const chunkFramingMaxBytes = 16 * 1024

/** The ways in which Keyward's engine is stricter than `node:http`. */
export const allowedStrictness: readonly Strictness[] = [
  {
    reason: 'Transfer-Encoding other than chunked, for which Keyward has no decoder (RFC 9112, 6.1)',
    status: 400,
    explains: ({ headers }) => (headers['transfer-encoding'] ?? 'chunked').toLowerCase() !== 'chunked',
  },
  {
    reason: 'Transfer-Encoding in HTTP/1.0 (RFC 9112, 6.1)',
    status: 400,
    explains: ({ headers }, { version }) => version === '1.0' && headers['transfer-encoding'] !== undefined,
  },
  {
    reason: 'a protocol that is not HTTP/1.0 or HTTP/1.1',
    status: 400,
    explains: ({ method, target }, _, { bytes }) =>
      bytes
        .toString('latin1')
        .split(`${method} ${target}`)
        .slice(1)
        .some(rest => !/^ HTTP\/1\.[01]\r\n/.test(rest)),
  },
  {
    reason: 'several spaces before the target (RFC 9112, 3: one)',
    status: 400,
    explains: ({ target }, _, { bytes }) => bytes.includes(`  ${target}`, 0, 'latin1'),
  },
  {
    reason: 'a tab after a Content-Length, which the older llhttp of undici refuses',
    status: 400,
    explains: (_, __, { bytes }) => /content-length:[ \t]*\d+[ ]*\t/i.test(bytes.toString('latin1')),
  },
  {
    reason:
      'chunk extensions that exceed the limit together with chunk sizes, which node:http does not count',
    status: 400,
    explains: ({ headers }, _, { bytes }) =>
      headers['transfer-encoding'] !== undefined && bytes.length > chunkFramingMaxBytes,
  },
  {
    reason: 'an expectation other than 100-continue (RFC 9110, 10.1.1)',
    status: 417,
    explains: ({ headers }) => (headers['expect'] ?? '100-continue').toLowerCase() !== '100-continue',
  },
  {
    reason: 'more than 100 headers or trailers',
    status: 431,
    explains: (_, { names, trailerCount }) => names.length > 100 || trailerCount > 100,
  },
  {
    reason:
      'a head or trailers whose punctuation and empty lines, which node:http does not count, exceed the limit',
    status: 431,
    explains: (_, __, { bytes }) => bytes.length > headSizeMaxBytes,
  },
]

const same: Verdict = { kind: 'same' }
const fault = (what: string): Verdict => ({ kind: 'fault', what })

/**
 * Compares what two servers made of the same data. Whatever ours takes, the reference must take too, with the same meaning;
 * ours may refuse more where an allowed strictness explains it.
 */
export function compare(
  sent: Sent,
  reference: Outcome,
  ours: Outcome,
  allowed: readonly Strictness[],
): Verdict {
  for (const [index, request] of ours.understood.entries()) {
    const expected = reference.understood[index]
    if (expected === undefined) return fault(`takes request ${index}, which the reference does not take`)
    if (!isDeepStrictEqual(request, expected))
      return fault(`request ${index} has a different ${differenceOf(expected, request)}`)
  }
  const count = ours.understood.length
  if (closesHttp10(reference, ours))
    return {
      kind: 'stricter',
      reason: 'closes after HTTP/1.0 with odd options of Connection (RFC 9112, 9.3)',
    }
  const next = reference.understood[count]
  if (next !== undefined) {
    const facts = reference.facts[count] as Facts
    const last = ours.statuses.at(-1)
    const reason = allowed.find(
      ({ status, explains }) => status === last && explains(next, facts, sent),
    )?.reason
    if (reason === undefined) return fault(`does not take request ${count}, which the reference takes`)
    return ours.isEnded ? { kind: 'stricter', reason } : fault('neither takes nor refuses a request')
  }
  if (reference.isEnded && !ours.isEnded) return fault('keeps a connection that the reference ends')
  if (!reference.isEnded && ours.isEnded)
    return (ours.statuses.at(-1) ?? 0) >= 400
      ? { kind: 'stricter', reason: 'refused before it was whole' }
      : fault('ends a connection that the reference keeps')
  if (ours.announced.length !== count) return fault(`answers ${ours.announced.length} of ${count} requests`)
  // At CONNECT the reference destroys the connection, with the answers that have not left.
  const announced = reference.isEnded ? ours.announced.slice(0, reference.announced.length) : ours.announced
  if (!isDeepStrictEqual(announced, reference.announced))
    return fault(`announces ${ours.announced}, not ${reference.announced}`)
  // A body that has arrived needs no 100 Continue (RFC 9110, 10.1.1).
  const interims = ({ statuses }: Outcome) => statuses.filter(status => status === 100).length
  if (interims(ours) > interims(reference)) return fault('sends 100 Continue more often')
  return same
}

/** Whether ours closes after a request of HTTP/1.0, and the reference does not. Node takes `keep-alive, close` for keep-alive. */
function closesHttp10(reference: Outcome, ours: Outcome): boolean {
  const last = ours.understood.length - 1
  const differs = ours.announced[last] === 'close' && reference.announced[last] === 'keep-alive'
  return reference.facts[last]?.version === '1.0' && differs && ours.isEnded
}

function differenceOf(expected: Understood, request: Understood): string {
  const members = Object.keys(expected) as (keyof Understood)[]
  return members.filter(name => !isDeepStrictEqual(expected[name], request[name])).join(' and ')
}
