import type { Group, NamedPolicy, PolicyHolder, Role, Tag, User } from '../../domain/index.ts'

// The state of identities as texts to compare and digest. Two texts are equal if all that a seed file can set is equal.

type Holder = PolicyHolder & { readonly path: string }

const namesText = (names: readonly string[]) => [...names].sort()
const policiesText = (policies: readonly NamedPolicy[]) =>
  [...policies].sort((a, b) => (a.name < b.name ? -1 : 1)).map(({ name, document }) => ({ name, document }))
const tagsText = (tags: readonly Tag[]) =>
  tags.map(({ tagKey, tagValue }) => [tagKey, tagValue]).sort(([a = ''], [b = '']) => (a < b ? -1 : 1))

function holderOf({ path, policies, attachedPolicyArns }: Holder) {
  return { path, policies: policiesText(policies), attached: namesText(attachedPolicyArns) }
}

export function groupText(group: Group): string {
  return JSON.stringify(holderOf(group))
}

export function roleText(role: Role): string {
  const { description, trustPolicy, maxSessionSeconds, boundaryArn = null, tags } = role
  const own = { description, trustPolicy, maxSessionSeconds, boundaryArn, tags: tagsText(tags) }
  return JSON.stringify({ ...holderOf(role), ...own })
}

/**
 * A user with inline policies only has the text of the versions that knew nothing else, so that their digests stay
 * valid.
 */
export function userText(user: User): string {
  const { path, policies, attachedPolicyArns, boundaryArn = null, tags, groupNames } = user
  const isPlain =
    path === '/' && boundaryArn === null && [attachedPolicyArns, tags, groupNames].every(list => !list.length)
  if (isPlain) return JSON.stringify(policiesText(policies))
  const own = { boundaryArn, tags: tagsText(tags), groups: namesText(groupNames) }
  return JSON.stringify({ ...holderOf(user), ...own })
}
