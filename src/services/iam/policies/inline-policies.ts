import type { NamedPolicy } from '../../../domain/index.ts'
import { noSuchEntity } from '../wire/entities.ts'
import { limitExceeded } from '../wire/quotas.ts'
import { sizeOf } from './policy-documents.ts'

type Kind = 'user' | 'group' | 'role'

/** The limits on the total size of an entity's inline policies (IAM user guide, "IAM and AWS STS quotas"). */
export const inlineSizeMax: Readonly<Record<Kind, number>> = { user: 2048, group: 5120, role: 10_240 }

/** The names of inline policies are compared without regard to case (recorded from AWS). */
const hasName = (name: string) => (policy: NamedPolicy) => policy.name.toLowerCase() === name.toLowerCase()

/**
 * Returns the inline policies by name, with one added or replaced; a replaced policy keeps its name. Throws
 * LimitExceededException.
 */
export function putPolicy(
  policies: readonly NamedPolicy[],
  added: NamedPolicy,
  kind: Kind,
  entityName: string,
): NamedPolicy[] {
  const replaced = policies.find(hasName(added.name))
  const all = [
    ...policies.filter(policy => policy !== replaced),
    { ...added, ...(replaced && { name: replaced.name }) },
  ]
  const size = all.reduce((sum, { document }) => sum + sizeOf(document), 0)
  if (size > inlineSizeMax[kind]) {
    throw limitExceeded(
      `Maximum policy size of ${inlineSizeMax[kind]} bytes exceeded for ${kind} ${entityName}`,
    )
  }
  return all.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Throws NoSuchEntityException. */
export function getPolicyNamed(policies: readonly NamedPolicy[], name: string, kind: Kind): NamedPolicy {
  const found = policies.find(hasName(name))
  if (found === undefined) throw noSuchEntity(`The ${kind} policy with name ${name} cannot be found.`)
  return found
}

/** Throws NoSuchEntityException. */
export function removePolicy(policies: readonly NamedPolicy[], name: string, kind: Kind): NamedPolicy[] {
  const found = getPolicyNamed(policies, name, kind)
  return policies.filter(policy => policy !== found)
}
