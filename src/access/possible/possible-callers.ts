import { findRoleNameOfSession, parseArn } from '../../domain/index.ts'
import type { CompiledStatement } from '../policy/compile.ts'
import type { MatchedCaller, PrincipalMatch } from '../policy/principal-match.ts'

/** The name of a session that stands for every session of its role. No session can have it (API reference, "AssumeRole"). */
export const anySessionName = '*'

/** How a statement matches the callers of a request: the least and the most, which are equal if all of them are matched alike. */
export interface MatchRange {
  readonly least: PrincipalMatch
  readonly most: PrincipalMatch
}

const strengths = { no: 0, throughAccount: 1, throughRole: 2, directly: 3 } as const satisfies Record<
  PrincipalMatch,
  number
>

/** Matches a statement with all callers that a request can have. */
export function matchCallers(statement: CompiledStatement, callers: readonly MatchedCaller[]): MatchRange {
  let [least, most]: PrincipalMatch[] = []
  for (const caller of callers) {
    for (const one of sessionsOf(caller, statement)) {
      const match = statement.matchPrincipal(one)
      if (least === undefined || strengths[match] < strengths[least]) least = match
      if (most === undefined || strengths[match] > strengths[most]) most = match
    }
  }
  return { least: least ?? 'no', most: most ?? 'no' }
}

/** A statement that names sessions of a role matches some callers of the role, and not the others. */
function* sessionsOf(caller: MatchedCaller, { source }: CompiledStatement): Iterable<MatchedCaller> {
  yield caller
  const { principal } = caller
  if (principal.type !== 'AssumedRole' || principal.sessionName !== anySessionName) return
  for (const item of source.principals?.items ?? []) {
    if (item.type !== 'arn' || findRoleNameOfSession(item.arn) !== principal.roleName) continue
    if (parseArn(item.arn)?.accountId !== principal.accountId) continue
    yield { ...caller, principal: { ...principal, arn: item.arn } }
  }
}
