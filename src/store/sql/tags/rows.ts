import type { Scope, Tag } from '../../../domain/index.ts'
import { type KeyColumns, keyColumns } from '../scope.ts'

export interface TagRow extends KeyColumns {
  tag_key: string
  tag_value: string
}

export function fromTag(scope: Scope, keyId: string, tag: Tag): TagRow {
  return { ...keyColumns(scope, keyId), tag_key: tag.tagKey, tag_value: tag.tagValue }
}
