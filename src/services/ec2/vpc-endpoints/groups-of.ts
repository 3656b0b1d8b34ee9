import type { Vpc } from '../../../domain/index.ts'
import { noSuch } from '../wire/parameters.ts'

/**
 * Returns the ids of the security groups that a request names, each once; the default group of the VPC if it names none. Throws
 * InvalidGroup.NotFound.
 */
export function groupsOf({ securityGroups }: Vpc, groupIds: readonly string[] = []): readonly string[] {
  for (const id of groupIds) if (!securityGroups.some(({ groupId }) => groupId === id)) throw noSuch('sg', id)
  if (groupIds.length > 0) return [...new Set(groupIds)]
  return securityGroups.slice(0, 1).map(({ groupId }) => groupId)
}
