import type { AccessKey } from '../../../domain/index.ts'
import { globalDomain } from '../../../domain/index.ts'
import type { EntityRows } from '../authenticity/macs.ts'

export interface AccessKeyRow {
  access_key_id: string
  account_id: string
  user_name: string | null
  wrapped_secret: Uint8Array
  is_active: number
  created_at: number
  session_token_digest: Uint8Array | null
  expires_at: number | null
  service: string | null
  last_used_at: number | null
  last_used_service: string | null
  last_used_region: string | null
}

export function toAccessKey(row: AccessKeyRow): AccessKey {
  const { last_used_at: at, last_used_service: service, last_used_region: region } = row
  return {
    accessKeyId: row.access_key_id,
    accountId: row.account_id,
    userName: row.user_name ?? undefined,
    service: row.service ?? undefined,
    wrappedSecret: row.wrapped_secret,
    isActive: row.is_active === 1,
    createdAt: row.created_at,
    sessionTokenDigest: row.session_token_digest ?? undefined,
    expiresAt: row.expires_at ?? undefined,
    lastUsed: at === null || service === null || region === null ? undefined : { at, service, region },
  }
}

export function fromAccessKey(key: AccessKey): AccessKeyRow {
  return {
    access_key_id: key.accessKeyId,
    account_id: key.accountId,
    user_name: key.userName ?? null,
    service: key.service ?? null,
    wrapped_secret: key.wrappedSecret,
    is_active: key.isActive ? 1 : 0,
    created_at: key.createdAt,
    session_token_digest: key.sessionTokenDigest ?? null,
    expires_at: key.expiresAt ?? null,
    last_used_at: key.lastUsed?.at ?? null,
    last_used_service: key.lastUsed?.service ?? null,
    last_used_region: key.lastUsed?.region ?? null,
  }
}

/** The MAC does not cover the last use of an access key, which changes every minute and decides nothing. */
export const accessKeyRows: EntityRows<AccessKeyRow, AccessKey> = {
  toEntity: toAccessKey,
  toAuthentic: row => ({
    kind: 'access key',
    domain: globalDomain,
    name: `${row.access_key_id} of ${row.account_id}`,
    content: () => ({ ...toAccessKey(row), lastUsed: undefined }),
  }),
}
