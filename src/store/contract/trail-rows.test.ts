import { defaultSelectors, type Trail } from '../../domain/index.ts'
import type { LogCursor, WitnessedHead } from './audit-cursors.ts'
import { everyByte, home } from './databases.test.ts'
import type { SigningKey, TrailChain } from './trails.ts'

// This file has no tests. It has rows about trails and audit logs for the contract tests.

export function trailOf(name: string, changes: Partial<Trail> = {}): Trail {
  return {
    trailId: `id of ${name}`,
    accountId: home.accountId,
    homeRegion: home.region,
    name,
    createdAt: 1_795_000_000_129,
    s3BucketName: 'bucket',
    s3KeyPrefix: undefined,
    kmsKeyArn: undefined,
    includeGlobalServiceEvents: true,
    isMultiRegionTrail: false,
    logFileValidationEnabled: false,
    recursiveLogging: true,
    selectors: defaultSelectors,
    isLogging: false,
    loggingStartedAt: undefined,
    loggingStoppedAt: undefined,
    tags: [],
    ...changes,
  }
}

export const cursorOf = (stream: string, offset = 7): LogCursor => ({ stream, file: 'a.jsonl', offset })

const notYet = { attemptedAt: undefined, deliveredAt: undefined, error: undefined }

export function chainOf(
  trailId: string,
  region = home.region,
  changes: Partial<TrailChain> = {},
): TrailChain {
  return {
    trailId,
    region,
    trailArn: `arn:aws:cloudtrail:${home.region}:${home.accountId}:trail/t`,
    deletedTrail: undefined,
    cursors: [cursorOf('s')],
    dueAt: undefined,
    fileDueAt: undefined,
    digest: undefined,
    previous: undefined,
    undigested: [],
    pending: undefined,
    endsAt: undefined,
    logFiles: notYet,
    digests: notYet,
    ...changes,
  }
}

/** A chain with everything that it can have. */
export function wholeChainOf(trailId: string, region = home.region): TrailChain {
  const place = { bucket: 'b', object: 'o', hash: 'f'.repeat(64) }
  return chainOf(trailId, region, {
    deletedTrail: trailOf('gone', { tags: [{ tagKey: 'ключ', tagValue: '' }] }),
    dueAt: 5,
    fileDueAt: 6,
    digest: { from: 7, dueAt: 8 },
    previous: { ...place, signature: 'ab' },
    undigested: [{ ...place, records: 2, oldestEventAt: 1, newestEventAt: 2 }],
    pending: {
      kind: 'digest',
      bucket: 'b',
      object: 'o',
      at: 9,
      from: [cursorOf('s')],
      to: [cursorOf('s', 9)],
      digestTo: 10,
      signingKeyId: 'k',
      attempts: 3,
    },
    endsAt: 11,
    logFiles: { attemptedAt: 3, deliveredAt: 2, error: 'NoSuchBucket' },
    digests: { attemptedAt: 3, deliveredAt: 3, error: undefined },
  })
}

export function signingKeyOf(keyId: string, changes: Partial<SigningKey> = {}): SigningKey {
  return {
    keyId,
    purpose: 'digest',
    region: home.region,
    accountId: home.accountId,
    keySpec: 'RSA_2048',
    keyMaterialId: 'a'.repeat(64),
    keyToken: everyByte(),
    publicKeyToken: everyByte(),
    publicKey: everyByte(),
    fingerprint: 'f'.repeat(32),
    validFrom: 1_795_000_000_130,
    validTo: 1_797_592_000_130,
    ...changes,
  }
}

export function headOf(head: number, changes: Partial<WitnessedHead> = {}): WitnessedHead {
  return {
    accountId: home.accountId,
    stream: 's',
    head,
    block: 10 * head,
    chain: 'c'.repeat(64),
    records: 100 * head,
    time: '2026-11-30T00:00:00Z',
    key: 'd'.repeat(64),
    signature: 'c2lnbg==',
    witnessedAt: 1_795_000_000_131,
    ...changes,
  }
}
