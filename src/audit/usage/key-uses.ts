import { keyResourceType, parseArn } from '../../domain/index.ts'
import type { RecordFacts } from '../index/record-facts.ts'

const keyPrefix = 'key/'

/** Returns the ids of the keys of the record's own account and Region that a record lists. */
export function ownKeyIdsOf({ event, end }: RecordFacts): string[] {
  return end.resources.flatMap(({ ResourceType: type, ResourceName: name }) => {
    const arn = type === keyResourceType ? parseArn(name) : undefined
    if (arn === undefined || !arn.resource.startsWith(keyPrefix)) return []
    // The record of a caller also lists keys of other accounts, and each of these accounts has a record of its own.
    const isOwn = arn.accountId === end.accountId && arn.region === event.region
    return isOwn ? [arn.resource.slice(keyPrefix.length)] : []
  })
}
