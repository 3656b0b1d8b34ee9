import type { Scope } from '../../domain/index.ts'

/** The columns that say which key a row belongs to. */
export interface KeyColumns {
  account_id: string
  region: string
  key_id: string
}

export const keyColumnNames = ['account_id', 'region', 'key_id'] as const satisfies (keyof KeyColumns)[]

export function keyColumns({ accountId, region }: Scope, keyId: string): KeyColumns {
  return { account_id: accountId, region, key_id: keyId }
}
