import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * A record that AWS published, in a file of this folder. The record is as published, apart from the changes that the file
 * names; members that newer versions of the record have in every case need no change.
 */
interface GoldenFile {
  /** The page or the repository that has the record. */
  readonly source: string
  /** The reasons of what was changed, one a member. */
  readonly changes?: readonly string[]
  readonly record: Record<string, unknown>
}

/** The published record of a file of this folder, such as `kms/Encrypt`. */
export function readGolden(name: string): Record<string, unknown> {
  const file = JSON.parse(readFileSync(join(import.meta.dirname, `${name}.json`), 'utf8')) as GoldenFile
  assert.ok(file.source.length > 0, `${name} names its source`)
  return file.record
}

/**
 * Throws if a record differs from a published one in more than what no two records share: ids, times, accounts, Regions
 * and addresses. The differences are the members that the test's own call has otherwise; undefined for one that it lacks.
 */
export function assertGolden(
  record: Readonly<Record<string, unknown>> | undefined,
  name: string,
  differences: Readonly<Record<string, unknown>> = {},
): void {
  const golden = { ...upToDate(readGolden(name)), ...differences }
  assert.deepEqual(comparable(record ?? {}), comparable(golden), name)
}

/** A published record with the members that all records have had since it was published. */
function upToDate({ apiVersion: _, ...record }: Record<string, unknown>): Record<string, unknown> {
  const { resources } = record as { resources?: readonly { type?: string }[] }
  return {
    ...record,
    eventVersion: '1.11',
    managementEvent: true,
    eventCategory: 'Management',
    recipientAccountId: record['recipientAccountId'] ?? '111122223333',
    resources: resources?.length === 0 ? undefined : resources,
  }
}

/** The kinds of values that no two records share, and the text that stands for each of them. */
const kinds: readonly [pattern: RegExp, kind: string][] = [
  [/\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/g, '<uuid>'],
  [/\bmrk-[0-9a-f]{32}\b/g, '<mrk>'],
  [/\b[0-9a-f]{64}\b/g, '<hex>'],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, '<time>'],
  [/\b[A-Z][a-z]{2} \d{1,2}, \d{4}(,?) \d{1,2}:\d\d:\d\d [AP]M/g, '<date$1>'],
  [/\b(?:A[INR][A-Z]{2}[A-Z0-9]{10,}|EX_PRINCIPAL_ID)/g, '<id>'],
  [/\bA[KS]IA[A-Z0-9]{10,}|\bEXAMPLE_KEY_ID/g, '<access key id>'],
  [/\b\d{12}\b/g, '<account>'],
  [/\b[a-z]{2}(?:-[a-z]+)+-\d\b/g, '<region>'],
]

/**
 * A record with the kinds of its texts in the place of the texts. A test's own connection is not that of the record, and
 * only the durable log has the reason of an error.
 */
function comparable({ tlsDetails: _, keyward: __, ...record }: Readonly<Record<string, unknown>>): unknown {
  const { sourceIPAddress, userAgent } = record
  const shown = {
    ...record,
    sourceIPAddress: String(sourceIPAddress).replace(/^[\d.]+$|^[\da-f:.]*:[\da-f:.]*$/, '<address>'),
    userAgent: /^AWS Internal$|\.amazonaws\.com$/.test(String(userAgent)) ? userAgent : '<user agent>',
  }
  return JSON.parse(JSON.stringify(shown), (_name, value) =>
    typeof value === 'string' ? kindOf(value) : value,
  )
}

const kindOf = (text: string) =>
  kinds.reduce((known, [pattern, kind]) => known.replaceAll(pattern, kind), text)
