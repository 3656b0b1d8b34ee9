import { isDeepStrictEqual } from 'node:util'
import type { Sent } from './messages.ts'
import { type Facts, headSizeMaxBytes, type Outcome, type Understood } from './sides.ts'

/** A way in which ours is stricter than the reference, with its reason. */
export interface Strictness {
  readonly reason: string
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

const isRepeated =
  (name: string) =>
  (_: Understood, { names }: Facts): boolean =>
    names.filter(other => other === name).length > 1

/** The ways in which Keyward's engine is stricter than `node:http`. */
export const allowedStrictness: readonly Strictness[] = [
  {
    reason: 'Host is repeated (RFC 9112, 3.2)',
    explains: isRepeated('host'),
  },
  {
    reason: 'Authorization is repeated, and only one of them could be checked',
    explains: isRepeated('authorization'),
  },
  {
    reason:
      'Transfer-Encoding other than chunked, for which Keyward has no decoder (RFC 9112, 6.1: 501 or 400)',
    explains: ({ headers }) => (headers['transfer-encoding'] ?? 'chunked').toLowerCase() !== 'chunked',
  },
  {
    reason: 'Transfer-Encoding in HTTP/1.0 (RFC 9112, 6.1: treat as faulty)',
    explains: ({ headers }, { version }) => version === '1.0' && headers['transfer-encoding'] !== undefined,
  },
  {
    reason: 'a version that is not HTTP/1.0 or HTTP/1.1',
    explains: (_, { version }) => version !== '1.0' && version !== '1.1',
  },
  {
    reason: 'an expectation other than 100-continue (RFC 9110, 10.1.1: 417)',
    explains: ({ headers }) => !['', '100-continue'].includes((headers['expect'] ?? '').toLowerCase()),
  },
  {
    reason: 'several spaces before the target (RFC 9112, 3: one)',
    explains: ({ target }, _, { bytes }) => bytes.includes(`  ${target}`, 0, 'latin1'),
  },
  {
    reason: 'more than 100 headers, of which node:http would drop the last',
    explains: (_, { names }) => names.length > 100,
  },
  {
    reason: 'more than 100 trailers',
    explains: (_, { trailerCount }) => trailerCount > 100,
  },
  {
    reason: 'the head or the trailers are too large with their punctuation, which node:http does not count',
    explains: (_, { headSize, trailerSize }) => Math.max(headSize, trailerSize) > headSizeMaxBytes - 64,
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
  const next = reference.understood[count]
  if (next !== undefined) {
    const facts = reference.facts[count] as Facts
    const reason = allowed.find(({ explains }) => explains(next, facts, sent))?.reason
    if (reason === undefined) return fault(`does not take request ${count}, which the reference takes`)
    return ours.isEnded ? { kind: 'stricter', reason } : fault('neither takes nor refuses a request')
  }
  if (reference.isEnded && !ours.isEnded) return fault('keeps a connection that the reference ends')
  if (!reference.isEnded && ours.isEnded) return fault('ends a connection that the reference keeps')
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

function differenceOf(expected: Understood, request: Understood): string {
  const members = Object.keys(expected) as (keyof Understood)[]
  return members.filter(name => !isDeepStrictEqual(expected[name], request[name])).join(' and ')
}
