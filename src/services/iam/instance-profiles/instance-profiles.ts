import { type InstanceProfile, instanceProfileArn, type Page } from '../../../domain/index.ts'
import { list, required, string, structure } from '../../../std/index.ts'
import type { Reader } from '../../../store/index.ts'
import { date } from '../wire/dates.ts'
import { noSuchEntity } from '../wire/entities.ts'
import { renderProfileRole } from '../wire/render.ts'
import { answeredTagsType, roleType } from '../wire/shapes.ts'
import { renderTags } from '../wire/tags.ts'

export const instanceProfileType = structure({
  Path: required(string()),
  InstanceProfileName: required(string()),
  InstanceProfileId: required(string()),
  Arn: required(string()),
  CreateDate: required(date()),
  Roles: required(list(roleType)),
  Tags: answeredTagsType,
})

/** Gets an instance profile by its name. Throws NoSuchEntityException. */
export async function getInstanceProfile(
  store: Reader,
  accountId: string,
  name: string,
): Promise<InstanceProfile> {
  const profile = await store.instanceProfiles.find(accountId, name)
  if (profile === undefined) throw noSuchEntity(`Instance Profile ${name} cannot be found.`)
  return profile
}

/** Renders an instance profile as listings do, with its role and without its tags (recorded from AWS). */
export async function renderListedProfile(store: Reader, profile: InstanceProfile) {
  const { accountId, instanceProfileName: name, path, roleName } = profile
  const role = roleName === undefined ? undefined : await store.roles.find(accountId, roleName)
  return {
    Path: path,
    InstanceProfileName: name,
    InstanceProfileId: profile.instanceProfileId,
    Arn: instanceProfileArn(accountId, name, path),
    CreateDate: profile.createdAt,
    Roles: role === undefined ? [] : [renderProfileRole(role)],
  }
}

/** Renders an instance profile as GetInstanceProfile does, with an element for tags even if it has none. */
export async function renderInstanceProfile(store: Reader, profile: InstanceProfile) {
  return { ...(await renderListedProfile(store, profile)), Tags: renderTags(profile.tags) }
}

/** Renders the instance profiles of a page. */
export async function renderProfiles(store: Reader, { items }: Page<InstanceProfile>) {
  return await Promise.all(items.map(profile => renderListedProfile(store, profile)))
}
