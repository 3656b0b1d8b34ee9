import { accountArn } from './console-policy.ts'
import { lineOf, readJson } from './json-text.ts'

/** The most bytes of a key policy (AWS KMS developer guide, "Key policies"). */
export const policyMaxBytes = 32_768

/** A fact about the text of a key policy that its author should know. */
export interface PolicyFinding {
  /** `error`: the server would refuse the text. `warning`: it may not do what its author intends. */
  readonly severity: 'error' | 'warning'
  /** The line, from 1; absent for the text as a whole. */
  readonly line?: number
  readonly message: string
}

/** The principals that should stay able to change the policy. */
export interface PolicyReader {
  readonly accountId: string
  readonly partition: string
  /** The ARN of the caller, as GetCallerIdentity answers it. */
  readonly callerArn: string
}

/** The bytes of a policy on the wire. */
export const policySizeBytes = (text: string) => new TextEncoder().encode(text).length

/**
 * The findings of a look at the text alone: its form, its size, and whether a statement allows somebody to change the policy later.
 * The server decides when the policy is sent; it knows the principals and the conditions.
 */
export function findingsOf(text: string, reader: PolicyReader): PolicyFinding[] {
  const { value, faults } = readJson(text)
  const findings: PolicyFinding[] = faults.map(({ at, message }) => ({
    ...{ severity: 'error', line: lineOf(text, at), message },
  }))
  const size = policySizeBytes(text)
  if (size > policyMaxBytes)
    findings.push({
      ...{ severity: 'error' },
      message: `A key policy has at most ${policyMaxBytes} bytes. This one has ${size}.`,
    })
  const strange = /[^\t\n\r\u0020-\u00ff]/u.exec(text)
  if (strange !== null)
    findings.push({
      ...{ severity: 'error', line: lineOf(text, strange.index) },
      message: `A key policy cannot have the character ${strange[0]}. Its characters are those of Latin-1.`,
    })
  if (value !== undefined) findings.push(...findingsOfValue(value, reader))
  return findings
}

function findingsOfValue(value: unknown, reader: PolicyReader): PolicyFinding[] {
  if (!isObject(value)) return [{ severity: 'error', message: 'A policy is a JSON object.' }]
  const statements = listOf(value['Statement'])
  if (!statements.every(isObject) || statements.length === 0)
    return [{ severity: 'error', message: 'A policy has the member Statement: a list of statements.' }]
  return lockOutFindings(statements, reader)
}

type Statement = Readonly<Record<string, unknown>>

/** Whether the account or the caller may still change the policy. Conditions are not decided here, only named. */
function lockOutFindings(statements: readonly Statement[], reader: PolicyReader): PolicyFinding[] {
  const root = isAccount(reader)
  const either = (arn: string) => root(arn) || isCaller(reader)(arn)
  const changing = (effect: string) =>
    statements.filter(statement => statement['Effect'] === effect && coversChange(statement))
  const keepers = changing('Allow').filter(statement => coversPrincipal(statement, either))
  const messages = [
    keepers.length === 0 &&
      'No statement allows this account or you to change the key policy (kms:PutKeyPolicy). The server refuses a policy that its author could not change, because nobody could manage the key.',
    keepers.length > 0 &&
      keepers.every(hasCondition) &&
      'This account and you can change the key policy only while the conditions of a statement are met.',
    keepers.length > 0 &&
      !keepers.some(statement => coversPrincipal(statement, root)) &&
      'No statement allows the account itself to change the key policy. If the principals that the policy names are deleted, nobody can manage the key.',
    changing('Deny').some(statement => coversPrincipal(statement, either)) &&
      'A statement denies this account or you to change the key policy (kms:PutKeyPolicy).',
  ]
  return messages.filter(message => message !== false).map(message => ({ severity: 'warning', message }))
}

const hasCondition = (statement: Statement) => statement['Condition'] !== undefined

/** Whether the actions of a statement have PutKeyPolicy among them. */
function coversChange(statement: Statement): boolean {
  const matches = (pattern: string) => patternOf(pattern).test('kms:PutKeyPolicy')
  if (statement['NotAction'] !== undefined) return !textsOf(statement['NotAction']).some(matches)
  return textsOf(statement['Action']).some(matches)
}

/** The texts that an action with `*` and `?` means. */
function patternOf(action: string): RegExp {
  const escaped = action.replaceAll(/[.+^${}()|[\]\\/]/g, '\\$&')
  return new RegExp(`^${escaped.replaceAll(/\*+/g, '.*').replaceAll('?', '.')}$`, 'i')
}

/** Whether a statement is for a principal that is meant. */
function coversPrincipal(statement: Statement, isMeant: (arn: string) => boolean): boolean {
  const named = (member: unknown) =>
    member === '*' || (isObject(member) && textsOf(member['AWS']).some(arn => arn === '*' || isMeant(arn)))
  if (statement['NotPrincipal'] !== undefined) return !named(statement['NotPrincipal'])
  return named(statement['Principal'])
}

const isAccount =
  ({ accountId, partition }: PolicyReader) =>
  (arn: string) =>
    arn === accountId || arn === accountArn(partition, accountId)

/** The caller as a policy names it: a session of a role by the role, whose path its ARN does not have. */
const isCaller =
  ({ callerArn }: PolicyReader) =>
  (arn: string) => {
    const [, partition, account, role] =
      /^arn:([\w-]+):sts::(\d{12}):assumed-role\/([^/]+)\//.exec(callerArn) ?? []
    const isRole = role !== undefined && arn.startsWith(`arn:${partition}:iam::${account}:role/`)
    return arn === callerArn || (isRole && arn.endsWith(`/${role}`))
  }

const isObject = (value: unknown): value is Statement =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const listOf = (value: unknown): unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value]
const textsOf = (value: unknown) => listOf(value).filter(item => typeof item === 'string')
