import { globalDomain } from '../../../domain/index.ts'
import type { EntityRows } from '../authenticity/macs.ts'

export interface AccountRow {
  account_id: string
  created_at: number
}

export const accountRows: EntityRows<AccountRow, string> = {
  toEntity: row => row.account_id,
  toAuthentic: ({ account_id: accountId, created_at: createdAt }) => ({
    kind: 'account',
    domain: globalDomain,
    name: accountId,
    content: () => ({ accountId, createdAt }),
  }),
}

export interface DomainKeyRow {
  domain_key_id: string
  domain: string
  wrapped: Uint8Array
  version: number | null
  state: 'current' | 'retiring' | null
  created_at: number | null
}

export interface SeedEntryRow {
  entry: string
  digest: string
}

/** Without a MAC, removing the row would make the next start apply the entry again, over what was changed since. */
export const seedEntryRows: EntityRows<SeedEntryRow, string> = {
  toEntity: row => row.digest,
  toAuthentic: ({ entry, digest }) => ({
    kind: 'seed entry',
    domain: globalDomain,
    name: entry,
    content: () => ({ entry, digest }),
  }),
}
