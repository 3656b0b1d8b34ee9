import type { AuditHead } from '../chain/audit-head.ts'
import type { SealedChain } from '../chain/block-line.ts'
import { readFirstBlock } from '../chain/block-search.ts'
import { listLogNames } from '../log/log-names.ts'
import { findDeletion } from '../retention/deletion.ts'
import { LogFault, LogVerifier } from './log-verifier.ts'
import { besideRetention, readNumberedLines } from './numbered-lines.ts'
import { WitnessedHeads } from './witnessed-heads.ts'

/** The settings of `verifyLog`. */
export interface VerifyLogOptions {
  readonly directory: string
  /** Returns what is wrong with the signature of a head; undefined if nothing is. */
  readonly findSignatureFault: (head: AuditHead) => string | undefined
  /** The heads that a witness has. */
  readonly witnessed: readonly AuditHead[]
}

/** The outcome of a check of the log. */
export interface LogVerification {
  /** The first bad place; undefined if the log is whole. */
  readonly fault: string | undefined
  readonly blocks: number
  readonly records: number
  readonly heads: number
  /** The time of the last signed head; undefined without one. */
  readonly signedUntil: string | undefined
  /** The records that no signed head covers. */
  readonly unsignedRecords: number
  /** The lines from before the first block, which no chain covers. */
  readonly unchainedLines: number
  readonly isTorn: boolean
}

/** Checks a log up to the first bad place. It only reads, also beside a running server. Throws the system's error. */
export async function verifyLog(options: VerifyLogOptions): Promise<LogVerification> {
  const check = () => verifyOnce(options)
  return await besideRetention(options.directory, check, ({ fault }) => fault !== undefined)
}

async function verifyOnce(options: VerifyLogOptions): Promise<LogVerification> {
  const { directory, findSignatureFault, witnessed } = options
  const deleted = await findDeleted(directory)
  const verifier = new LogVerifier({
    findSignatureFault,
    witnessed: new WitnessedHeads(witnessed.filter(({ block }) => block > (deleted?.sealed ?? 0))),
    deleted,
  })
  let fault: string | undefined
  try {
    for await (const lines of readNumberedLines(directory)) for (const line of lines) verifier.take(line)
    verifier.end()
  } catch (error) {
    if (!(error instanceof LogFault)) throw error
    fault = error.message
  }
  return {
    fault,
    blocks: verifier.sealed,
    records: verifier.records,
    heads: verifier.heads,
    signedUntil: verifier.head?.time,
    unsignedRecords: verifier.unsignedRecords,
    unchainedLines: verifier.unchained,
    isTorn: verifier.isTorn,
  }
}

/** Finds the chain up to the first block of the log, by the record of the deleted file before it. */
async function findDeleted(directory: string): Promise<SealedChain | undefined> {
  const block = readFirstBlock(directory, await listLogNames(directory))?.line.block ?? 1
  // The newest deletions are of the newest files, so the search ends early.
  return block === 1 ? undefined : await findDeletion(directory, ({ sealed }) => sealed === block - 1)
}
