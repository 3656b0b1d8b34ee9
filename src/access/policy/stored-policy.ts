import { rootArn } from '../../domain/index.ts'
import { type CompiledPolicy, compilePolicy } from './compile.ts'
import type { PolicyKind } from './policy-kind.ts'
import { PolicyProblem } from './policy-problem.ts'

type StoredKind = Extract<PolicyKind, 'identity' | 'boundary' | 'session' | 'trust' | 'endpoint'>

/** The Sid that reasons show for the statements that replace a policy that cannot be read. */
const sid = 'StoredPolicyCannotBeRead'
const denyEverything = { Sid: sid, Effect: 'Deny', Action: '*', Resource: '*' }
const denyEveryone = { ...denyEverything, Principal: '*' }
const denyEveryTrust = { Sid: sid, Effect: 'Deny', Principal: '*', Action: 'sts:*' }

/**
 * Compiles a policy that was accepted when it was stored. If it can no longer be read, because the checks have become stricter,
 * it denies everything, because it is not known what it denied.
 */
export function compileStoredPolicy(text: string, kind: StoredKind, name: string): CompiledPolicy {
  return compileOrReplace(text, kind, name, () => [denialOf(kind)])
}

function denialOf(kind: StoredKind): object {
  if (kind === 'trust') return denyEveryTrust
  return kind === 'endpoint' ? denyEveryone : denyEverything
}

/**
 * Compiles a key policy in the same way. If it can no longer be read, the root user of the key's account may read and replace
 * it. Nobody may do anything else, with a grant or without one.
 */
export function compileStoredKeyPolicy(text: string, accountId: string): CompiledPolicy {
  return compileOrReplace(text, 'key', 'key policy', () => unreadableKeyPolicy(accountId))
}

function unreadableKeyPolicy(accountId: string): object[] {
  const root = rootArn(accountId)
  const repair = ['kms:GetKeyPolicy', 'kms:PutKeyPolicy']
  const common = { Sid: sid, Effect: 'Deny', Principal: '*', Resource: '*' }
  const isNotRoot = { StringNotEquals: { 'aws:PrincipalArn': root } }
  return [
    { ...common, NotAction: repair },
    { ...common, Sid: `${sid}ButByRoot`, Action: repair, Condition: isNotRoot },
    { ...common, Sid: 'RootMayMend', Effect: 'Allow', Principal: { AWS: root }, Action: repair },
  ]
}

function compileOrReplace(
  text: string,
  kind: PolicyKind,
  name: string,
  statements: () => object[],
): CompiledPolicy {
  try {
    return compilePolicy(text, kind, name)
  } catch (error) {
    if (!(error instanceof PolicyProblem)) throw error
    const instead = JSON.stringify({ Version: '2012-10-17', Statement: statements() })
    return { ...compilePolicy(instead, kind, name), problem: error.message }
  }
}
