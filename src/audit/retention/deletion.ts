import { parseJson } from '../../std/index.ts'
import { isCount, isDigest, type SealedChain } from '../chain/block-line.ts'
import { newestRecordFirst } from '../log/record-search.ts'

/** The name of the record of a deleted file. */
export const deletionEventName = 'DeleteAuditLog'

/** A file that the retention deletes, with the chain up to its end, which the blocks after it go on with. */
export interface FileDeletion extends SealedChain {
  readonly file: string
  /** The times of the first block of the file and of the first one after it; undefined for a file without blocks. */
  readonly from: string | undefined
  readonly to: string | undefined
}

/**
 * Finds the newest record of a deleted file whose chain is wanted, and returns that chain; undefined without one. Throws the
 * system's error.
 */
export async function findDeletion(
  directory: string,
  isWanted: (chain: SealedChain) => boolean,
): Promise<SealedChain | undefined> {
  for await (const line of newestRecordFirst(directory)) {
    const chain = parseDeletion(line)
    if (chain !== undefined && isWanted(chain)) return chain
  }
  return undefined
}

/** Reads the chain from the record of a deleted file; undefined for any other line. */
function parseDeletion(line: string): SealedChain | undefined {
  if (!line.includes(`"${deletionEventName}"`)) return undefined
  try {
    const {
      eventSource,
      eventName,
      serviceEventDetails: details,
    } = parseJson(line) as Record<string, unknown>
    if (eventSource !== 'keyward' || eventName !== deletionEventName) return undefined
    const { sealed, chain, records } = details as Record<string, unknown>
    return isCount(sealed) && isDigest(chain) && isCount(records) ? (details as SealedChain) : undefined
  } catch {
    return undefined
  }
}
