import {
  type EncryptionContext,
  type Grant,
  type GrantConstraints,
  type GrantParty,
  keyArn,
} from '../../../domain/index.ts'
import { parseJson } from '../../../std/index.ts'
import type { EntityRows } from '../authenticity/macs.ts'
import { type KeyColumns, keyColumns } from '../scope.ts'

export interface GrantRow extends KeyColumns {
  grant_id: string
  name: string | null
  grantee_principal: string | null
  grantee_service: string | null
  retiring_principal: string | null
  retiring_service: string | null
  /** JSON: a list of operation names. */
  operations: string
  /** JSON: the constraints, with encryption contexts as lists of pairs. */
  constraints: string
  issuing_account_id: string
  created_at: number
}

export function toGrant(row: GrantRow): Grant {
  return {
    accountId: row.account_id,
    region: row.region,
    keyId: row.key_id,
    grantId: row.grant_id,
    name: row.name ?? undefined,
    grantee: toParty(row.grantee_principal, row.grantee_service) ?? nobody,
    retiring: toParty(row.retiring_principal, row.retiring_service),
    operations: parseJson(row.operations) as Grant['operations'],
    constraints: toConstraints(parseJson(row.constraints) as StoredConstraints),
    issuingAccountId: row.issuing_account_id,
    createdAt: row.created_at,
  }
}

export function fromGrant(grant: Grant): GrantRow {
  const { grantee, retiring, constraints } = grant
  const pairs = (context: EncryptionContext | undefined) => context && [...context]
  return {
    ...keyColumns(grant, grant.keyId),
    grant_id: grant.grantId,
    name: grant.name ?? null,
    grantee_principal: grantee.type === 'principal' ? grantee.arn : null,
    grantee_service: grantee.type === 'service' ? grantee.service : null,
    retiring_principal: retiring?.type === 'principal' ? retiring.arn : null,
    retiring_service: retiring?.type === 'service' ? retiring.service : null,
    operations: JSON.stringify(grant.operations),
    constraints: JSON.stringify({
      equals: pairs(constraints.encryptionContextEquals),
      subset: pairs(constraints.encryptionContextSubset),
      sourceArn: constraints.sourceArn,
    }),
    issuing_account_id: grant.issuingAccountId,
    created_at: grant.createdAt,
  }
}

export const grantRows: EntityRows<GrantRow, Grant> = {
  toEntity: toGrant,
  toAuthentic: row => ({
    kind: 'grant',
    domain: row.region,
    name: `${row.grant_id} of KMS key ${keyArn({ accountId: row.account_id, region: row.region }, row.key_id)}`,
    // A grant is found by these columns, also by the ones that its entity has no use for.
    content: () => ({
      ...toGrant(row),
      granteeService: row.grantee_service ?? undefined,
      retiringService: row.retiring_service ?? undefined,
    }),
  }),
}

/** The grantee of a row that names none. The store never writes such a row. */
const nobody: GrantParty = { type: 'service', service: '' }

function toParty(arn: string | null, service: string | null): GrantParty | undefined {
  if (arn !== null) return { type: 'principal', arn }
  return service === null ? undefined : { type: 'service', service }
}

type Pairs = [string, string][]

interface StoredConstraints {
  readonly equals?: Pairs
  readonly subset?: Pairs
  readonly sourceArn?: string
}

function toConstraints(stored: StoredConstraints): GrantConstraints {
  return {
    encryptionContextEquals: stored.equals && new Map(stored.equals),
    encryptionContextSubset: stored.subset && new Map(stored.subset),
    sourceArn: stored.sourceArn,
  }
}
