import type { Millis } from '../../std/index.ts'
import { isoSecond, sha256Hex } from '../../std/index.ts'

/** A log file as a digest names it. */
export interface DigestedFile {
  readonly bucket: string
  readonly object: string
  /** The SHA-256 of the file before compression, in hex. */
  readonly hash: string
  readonly oldestEventAt: Millis
  readonly newestEventAt: Millis
}

/** The facts of a digest file. */
export interface DigestFacts {
  readonly accountId: string
  readonly from: Millis
  readonly to: Millis
  readonly bucket: string
  readonly object: string
  readonly fingerprint: string
  readonly previous:
    | { readonly bucket: string; readonly object: string; readonly hash: string; readonly signature: string }
    | undefined
  readonly logFiles: readonly DigestedFile[]
}

/** The value of a digest's `digestSignatureAlgorithm`, and of its metadata `signature-algorithm`. */
export const digestSignatureAlgorithm = 'SHA256withRSA'
const hashAlgorithm = 'SHA-256'

/** Returns the text of a digest file, with the members in CloudTrail's order (user guide, "CloudTrail digest file structure"). */
export function renderDigest(facts: DigestFacts): string {
  const { accountId, from, to, bucket, object, fingerprint, previous, logFiles } = facts
  return JSON.stringify({
    awsAccountId: accountId,
    digestStartTime: isoSecond(from),
    digestEndTime: isoSecond(to),
    digestS3Bucket: bucket,
    digestS3Object: object,
    digestPublicKeyFingerprint: fingerprint,
    digestSignatureAlgorithm,
    newestEventTime: timeOf(
      logFiles.map(({ newestEventAt }) => newestEventAt),
      Math.max,
    ),
    oldestEventTime: timeOf(
      logFiles.map(({ oldestEventAt }) => oldestEventAt),
      Math.min,
    ),
    previousDigestS3Bucket: previous?.bucket ?? null,
    previousDigestS3Object: previous?.object ?? null,
    previousDigestHashValue: previous?.hash ?? null,
    previousDigestHashAlgorithm: previous === undefined ? null : hashAlgorithm,
    previousDigestSignature: previous?.signature ?? null,
    logFiles: logFiles.map(({ bucket: s3Bucket, object: s3Object, hash, newestEventAt, oldestEventAt }) => ({
      s3Bucket,
      s3Object,
      hashValue: hash,
      hashAlgorithm,
      newestEventTime: isoSecond(newestEventAt),
      oldestEventTime: isoSecond(oldestEventAt),
    })),
  })
}

/** Returns the text that the signature of a digest covers (user guide, "Custom implementations of CloudTrail log file integrity validation"). */
export function stringToSign(
  { to, bucket, object, previous }: Pick<DigestFacts, 'to' | 'bucket' | 'object' | 'previous'>,
  digest: string,
): string {
  return [isoSecond(to), `${bucket}/${object}`, sha256Hex(digest), previous?.signature ?? 'null'].join('\n')
}

function timeOf(times: readonly Millis[], pick: (...times: number[]) => number): string | null {
  return times.length === 0 ? null : isoSecond(times.reduce((a, b) => pick(a, b)))
}
