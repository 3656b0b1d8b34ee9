import type { Millis } from '../../std/index.ts'
import { policyArn } from '../aws/arn.ts'
import rows from './aws-managed-policies.json' with { type: 'json' }

/** A policy that AWS manages and that every account may attach. */
export interface AwsManagedPolicy {
  readonly name: string
  readonly policyId: string
  readonly path: string
  readonly description: string
  /** The document of the default version. */
  readonly document: string
  readonly createdAt: Millis
  /** The time of the default version. */
  readonly updatedAt: Millis
  readonly versionId: string
  /** Whether it belongs to a service-linked role, so that nobody can attach it. */
  readonly isForServiceLinkedRole: boolean
}

type Row = (typeof rows)[number]

/** The document is stored as a short text, and AWS's indentation is added only where it is read: most are never read. */
function toPolicy({ document, createdAt, updatedAt, ...facts }: Row): AwsManagedPolicy {
  return {
    ...facts,
    createdAt: Date.parse(createdAt),
    updatedAt: Date.parse(updatedAt),
    isForServiceLinkedRole: facts.path === '/aws-service-role/',
    get document() {
      return JSON.stringify(JSON.parse(document), null, 4)
    },
  }
}

/**
 * The AWS managed policies of this server by ARN, as AWS had them in August 2026 (AWS managed policy reference guide; ids and
 * dates as ListPolicies answers them). They are AWS's policies for KMS and IAM, its job functions, and the policies that public
 * templates attach most. ReadOnlyAccess and SecurityAudit cover all services in AWS. Here they have only the actions of this
 * server's services, as a version of their own.
 */
export const awsManagedPolicies: ReadonlyMap<string, AwsManagedPolicy> = new Map(
  rows.map(row => [policyArn('aws', row.name, row.path), toPolicy(row)]),
)
