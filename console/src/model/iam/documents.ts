import { lineOf, readJson } from '../policy/json-text.ts'
import type { PolicyFinding } from '../policy/policy-findings.ts'

/** The kinds of documents in IAM: an identity policy names no principal, a trust policy does. */
export type DocumentKind = 'identity' | 'trust'

/** The text of a document, which IAM answers percent-encoded (RFC 3986). A text that is not encoded stays as it is. */
export function decodeDocument(text: string): string {
  try {
    return indented(decodeURIComponent(text))
  } catch {
    return indented(text)
  }
}

function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

/** The findings of a look at the text of a document. The server checks the rest when it is sent. */
export function documentFindings(text: string, kind: DocumentKind): PolicyFinding[] {
  const { value, faults } = readJson(text)
  if (faults.length > 0)
    return faults.map(({ at, message }) => ({ severity: 'error', line: lineOf(text, at), message }))
  const statements = statementsOf(value)
  if (statements === undefined)
    return [{ severity: 'error', message: 'A policy has the member Statement: a list of statements.' }]
  const hasPrincipal = (statement: object) => 'Principal' in statement || 'NotPrincipal' in statement
  if (kind === 'identity' && statements.some(hasPrincipal))
    return [
      { severity: 'error', message: 'A policy of an identity names no principal: it is about its owner.' },
    ]
  if (kind === 'trust' && !statements.every(hasPrincipal))
    return [{ severity: 'error', message: 'Each statement of a trust policy names who may assume the role.' }]
  return []
}

function statementsOf(value: unknown): object[] | undefined {
  if (typeof value !== 'object' || value === null || !('Statement' in value)) return undefined
  const list = [value.Statement].flat() as unknown[]
  const isStatement = (item: unknown): item is object => typeof item === 'object' && item !== null
  return list.length > 0 && list.every(isStatement) ? list : undefined
}

const write = (Statement: object): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [Statement] }, null, 2)

/** The text of a policy that allows nothing yet. */
export const emptyPolicy = JSON.stringify(
  { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: [], Resource: [] }] },
  null,
  2,
)

/** Policies to begin with. `resource` is the ARN of a key, or all keys of the account. */
export const templates: Readonly<Record<string, (resource: string) => string>> = {
  'Use a key': Resource =>
    write({
      Effect: 'Allow',
      Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
      Resource,
    }),
  'Administer keys': Resource =>
    write({
      Effect: 'Allow',
      Action: [
        ...[
          'kms:Describe*',
          'kms:Get*',
          'kms:List*',
          'kms:Enable*',
          'kms:Disable*',
          'kms:Put*',
          'kms:Update*',
        ],
        ...['kms:TagResource', 'kms:UntagResource', 'kms:ScheduleKeyDeletion', 'kms:CancelKeyDeletion'],
      ],
      Resource,
    }),
  'See keys': Resource =>
    write({ Effect: 'Allow', Action: ['kms:Describe*', 'kms:Get*', 'kms:List*'], Resource }),
}

/** The trust policy for the users and roles of an account. */
export const accountTrust = (accountId: string, partition: string): string =>
  write({
    Effect: 'Allow',
    Principal: { AWS: `arn:${partition}:iam::${accountId}:root` },
    Action: 'sts:AssumeRole',
  })
