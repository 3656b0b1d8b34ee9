import { parseJson } from '../../std/index.ts'
/** A line of the log about an object that was delivered for a trail. */
export interface DeliveryLine {
  readonly trail: string
  readonly region: string
  readonly bucket: string
  readonly object: string
  /** The SHA-256 of the object before compression, in hex. */
  readonly sha256: string
  /** The facts of a digest; undefined for a log file. */
  readonly digest: DigestFacts | undefined
}

/** The facts of a delivered digest. */
export interface DigestFacts {
  /** The time that the digest covers. */
  readonly from: string
  readonly to: string
  /** The hash of the digest before; undefined if the digest starts a chain. */
  readonly previous: string | undefined
  /** Whether its chain ends with it. */
  readonly isLast: boolean
  readonly signature: string
}

/** The begin of such a line. */
export const deliveryBegin = '{"auditDelivery":{'

/** Reads a line of the log; undefined for a line that is about no delivery. */
export function parseDelivery(line: string): DeliveryLine | undefined {
  if (!line.startsWith(deliveryBegin)) return undefined
  const { auditDelivery: members } = parseJson(line) as { auditDelivery: Record<string, unknown> }
  const text = (name: string) => String(members[name] ?? '')
  return {
    trail: text('trail'),
    region: text('region'),
    bucket: text('bucket'),
    object: text('object'),
    sha256: text('sha256'),
    digest:
      members['kind'] === 'digest'
        ? {
            from: text('from'),
            to: text('to'),
            previous: members['previous'] === null ? undefined : text('previous'),
            isLast: members['last'] === true,
            signature: text('signature'),
          }
        : undefined,
  }
}
