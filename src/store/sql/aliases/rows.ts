import { type Alias, aliasArn } from '../../../domain/index.ts'
import type { EntityRows } from '../authenticity/macs.ts'

export interface AliasRow {
  account_id: string
  region: string
  alias_name: string
  target_key_id: string
  created_at: number
  updated_at: number
}

function toAlias(row: AliasRow): Alias {
  return {
    accountId: row.account_id,
    region: row.region,
    aliasName: row.alias_name,
    targetKeyId: row.target_key_id,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

export function fromAlias(alias: Alias): AliasRow {
  return {
    account_id: alias.accountId,
    region: alias.region,
    alias_name: alias.aliasName,
    target_key_id: alias.targetKeyId,
    created_at: alias.createdAt,
    updated_at: alias.updatedAt,
  }
}

export const aliasRows: EntityRows<AliasRow, Alias> = {
  toEntity: toAlias,
  toAuthentic: row => ({
    kind: 'alias',
    domain: row.region,
    name: aliasArn({ accountId: row.account_id, region: row.region }, row.alias_name),
    content: () => toAlias(row),
  }),
}
