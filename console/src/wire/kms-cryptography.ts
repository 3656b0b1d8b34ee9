import type { SnippetOperation } from '../model/snippets/snippets.ts'
import { type Outcome, outcomes } from '../model/use/fields.ts'
import { type Call, jsonCall } from './call.ts'

/** An answer of an operation that uses a key: bytes, texts, and whether something is valid. */
export type CryptographicAnswer = Readonly<Record<string, unknown>>

const blobsOf = (shown: readonly Outcome[]) =>
  shown.flatMap(({ kind, member }) => (kind === 'status' ? [] : [member]))

/** The operations of AWS KMS that use a key. Their inputs come from the forms of the page. */
export const kmsCryptography = Object.fromEntries(
  Object.entries(outcomes).map(([operation, shown]) => [
    operation,
    jsonCall('kms', operation, { blobs: blobsOf(shown) }),
  ]),
) as Readonly<Partial<Record<SnippetOperation, Call<object, CryptographicAnswer>>>>
