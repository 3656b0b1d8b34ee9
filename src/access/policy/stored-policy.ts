import { rootArn } from '../../domain/index.ts'
import { type CompiledPolicy, compilePolicy } from './compile.ts'
import type { PolicyKind } from './policy-kind.ts'
import { PolicyProblem } from './policy-problem.ts'

type StoredKind = Extract<PolicyKind, 'identity' | 'boundary' | 'session' | 'trust'>

/** As reasons name the statements that stand for a policy that cannot be read. */
const sid = 'StoredPolicyCannotBeRead'
const everyAction = { Sid: sid, Effect: 'Deny', Action: '*', Resource: '*' }
const ofTrust = { Sid: sid, Effect: 'Deny', Principal: '*', Action: 'sts:*' }

/**
 * Compiles a policy that was taken before. One that cannot be read any more, since what takes policies has become stricter, denies
 * everything: nobody knows what it denied.
 */
export function compileStoredPolicy(text: string, kind: StoredKind, name: string): CompiledPolicy {
  return orElse(text, kind, name, () => [kind === 'trust' ? ofTrust : everyAction])
}

/**
 * The same for the policy of a key. The root user of the key's account may read it and put another in its place, and nobody may
 * do anything else, with a grant or without one.
 */
export function compileStoredKeyPolicy(text: string, accountId: string): CompiledPolicy {
  return orElse(text, 'key', 'key policy', () => unreadableKeyPolicy(accountId))
}

function unreadableKeyPolicy(accountId: string): object[] {
  const root = rootArn(accountId)
  const toMend = ['kms:GetKeyPolicy', 'kms:PutKeyPolicy']
  const common = { Sid: sid, Effect: 'Deny', Principal: '*', Resource: '*' }
  const isNotRoot = { StringNotEquals: { 'aws:PrincipalArn': root } }
  return [
    { ...common, NotAction: toMend },
    { ...common, Sid: `${sid}ButByRoot`, Action: toMend, Condition: isNotRoot },
    { ...common, Sid: 'RootMayMend', Effect: 'Allow', Principal: { AWS: root }, Action: toMend },
  ]
}

function orElse(text: string, kind: PolicyKind, name: string, statements: () => object[]): CompiledPolicy {
  try {
    return compilePolicy(text, kind, name)
  } catch (error) {
    if (!(error instanceof PolicyProblem)) throw error
    const instead = JSON.stringify({ Version: '2012-10-17', Statement: statements() })
    return { ...compilePolicy(instead, kind, name), problem: error.message }
  }
}
