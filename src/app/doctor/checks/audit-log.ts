import { existsSync } from 'node:fs'
import { findLastBlock, type NewestLines } from '../../../audit/index.ts'
import { type Millis, readFileIfAny } from '../../../std/index.ts'
import { type Finding, fault, ok, warn } from '../finding.ts'
import type { Subject } from '../subject.ts'

/** Checks that the audit log is written, chained and signed. It does not check the whole log. */
export async function checkAuditLog(subject: Subject): Promise<readonly Finding[]> {
  const { directory, config, isRunning, now } = subject
  const failing = isRunning ? await findFailing(subject) : undefined
  const lines = await subject.newestLines()
  if ('problem' in lines)
    return [
      fault(`The audit log cannot be read: ${lines.problem}`, 'Run this command as the user of the server.'),
    ]
  if (lines.value === undefined)
    return failing === undefined ? [ok('The audit log has no records yet.')] : [failing]
  // A log that is long can have its last block far from its end.
  const hasChain = lines.value.hasBlock || (await findLastBlock(directory.auditLogs)) !== undefined
  // A sealed server signs no heads.
  const status = isRunning ? await subject.status() : undefined
  const isOpen = status !== undefined && 'value' in status && status.value.state === 'open'
  const isUnsigned = isOpen && config.testClock === 'off'
  const found = [
    failing,
    hasChain ? undefined : judgeMissingChain(directory.auditHeadKeys),
    isUnsigned ? judgeHeads(lines.value, now, config.audit.headIntervalMillis) : undefined,
  ].filter(finding => finding !== undefined)
  return found.length > 0
    ? found
    : [ok('The audit log is written, chained and signed. keyward audit verify checks all of it.')]
}

/** Asks the running server whether it can write records. A server that does not answer is the finding of its own check. */
async function findFailing(subject: Subject): Promise<Finding | undefined> {
  const health = await subject.health()
  if ('problem' in health || health.value.isReady) return undefined
  const status = await subject.status()
  // A sealed server is the finding of the root key.
  if ('value' in status && status.value.state !== 'open') return undefined
  return fault(
    'The server answers no calls: it cannot write its audit log, or a sink is too far behind.',
    'See the log of the server. A full disk is the most common cause.',
  )
}

/** The public keys of heads show that the log had a chain. */
function judgeMissingChain(auditHeadKeys: string): Finding | undefined {
  const hasKeys =
    existsSync(auditHeadKeys) && (readFileIfAny(auditHeadKeys) ?? '').includes('BEGIN PUBLIC KEY')
  if (!hasKeys) return undefined
  return fault(
    'The audit log has no chain, and heads of one were signed before: it was removed or replaced.',
    'Put the log back from a backup or a sink, and find out who changed it.',
  )
}

/** Judges whether a running server signs what it writes. A head comes an interval after the records that need it. */
export function judgeHeads(
  { headAt, unsignedSince }: Pick<NewestLines, 'headAt' | 'unsignedSince'>,
  now: Millis,
  intervalMillis: Millis,
): Finding | undefined {
  if (unsignedSince === undefined || now - unsignedSince < 10 * intervalMillis) return undefined
  const since =
    headAt === undefined ? 'There is none.' : `The last one is from ${new Date(headAt).toISOString()}.`
  return warn(
    `Records of the audit log wait for a signed head for ${Math.floor((now - unsignedSince) / 1000)} seconds. ${since}`,
    'See the log of the server for the reason, and then start it again.',
  )
}
