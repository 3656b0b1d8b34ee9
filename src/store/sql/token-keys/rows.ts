import type { TokenKeyName, TokenKeyTask } from '../../contract/token-keys.ts'
import type { EntityRows } from '../authenticity/macs.ts'
import type { KeyColumns } from '../scope.ts'

export interface TokenKeyTaskRow extends KeyColumns {
  key_material_id: string
  custom_key_store_id: string
  task: TokenKeyTask['task']
  since: number
  is_recorded: number
}

export interface TokenKeyCountRow extends KeyColumns {
  key_material_id: string
  granted: number
}

/** A number of encryptions that was granted to a key material. */
export interface TokenKeyCount extends TokenKeyName {
  readonly granted: number
}

const toName = (row: KeyColumns & { key_material_id: string }): TokenKeyName => ({
  accountId: row.account_id,
  region: row.region,
  keyId: row.key_id,
  keyMaterialId: row.key_material_id,
})

export const fromName = ({ accountId, region, keyId, keyMaterialId }: TokenKeyName) => ({
  ...{ account_id: accountId, region, key_id: keyId, key_material_id: keyMaterialId },
})

function toTokenKeyTask(row: TokenKeyTaskRow): TokenKeyTask {
  return {
    ...toName(row),
    customKeyStoreId: row.custom_key_store_id,
    task: row.task,
    since: row.since,
    isRecorded: row.is_recorded === 1,
  }
}

export function fromTokenKeyTask(task: TokenKeyTask): TokenKeyTaskRow {
  return {
    ...fromName(task),
    custom_key_store_id: task.customKeyStoreId,
    task: task.task,
    since: task.since,
    is_recorded: Number(task.isRecorded),
  }
}

const toTokenKeyCount = (row: TokenKeyCountRow): TokenKeyCount => ({ ...toName(row), granted: row.granted })

/** A task that somebody made would destroy a key. */
export const tokenKeyTaskRows: EntityRows<TokenKeyTaskRow, TokenKeyTask> = {
  toEntity: toTokenKeyTask,
  toAuthentic: row => ({
    kind: 'task in HSMs',
    domain: row.region,
    name: `for key ${row.key_id} of ${row.account_id}`,
    content: () => toTokenKeyTask(row),
  }),
}

/** A count that somebody lowered would let a key encrypt too often. */
export const tokenKeyCountRows: EntityRows<TokenKeyCountRow, TokenKeyCount> = {
  toEntity: toTokenKeyCount,
  toAuthentic: row => ({
    kind: 'count of encryptions',
    domain: row.region,
    name: `with key material ${row.key_material_id} of key ${row.key_id} of ${row.account_id}`,
    content: () => toTokenKeyCount(row),
  }),
}
