import {
  awsManagedPolicies,
  defaultDocument,
  type Group,
  newGroup,
  newManagedPolicy,
  newRole,
  newUser,
  policyArn,
  type Role,
  type User,
} from '../../domain/index.ts'
import { generateGroupId, generatePolicyId, generateRoleId, generateUserId } from '../../identity/index.ts'
import type { Located } from '../../std/index.ts'
import type { SeedGroup, SeedManagedPolicy, SeedRole, SeedUser } from '../file/identity-entry.ts'
import { groupText, roleText, userText } from '../file/identity-texts.ts'
import { withDocument } from '../file/policy-versions.ts'
import type { SeedAccount } from '../file/seed-file.ts'
import { AccessKeyApplier } from './apply-access-keys.ts'
import { remedy } from './reconciler.ts'
import type { SeedWork } from './seed-work.ts'

/** Creates the accounts, identities and access keys of a seed. */
export class IdentityApplier {
  readonly #work: SeedWork
  readonly #accessKeys: AccessKeyApplier

  constructor(work: SeedWork) {
    this.#work = work
    this.#accessKeys = new AccessKeyApplier(work)
  }

  async apply(account: SeedAccount): Promise<void> {
    const { writer, now } = this.#work
    const { accountId } = account
    if (!(await writer.accounts.has(accountId))) await writer.accounts.insert(accountId, now)
    // Entries that others name come first.
    for (const policy of account.managedPolicies) await this.#applyManagedPolicy(accountId, policy)
    for (const group of account.groups) await this.#applyGroup(accountId, group)
    for (const role of account.roles) await this.#applyRole(accountId, role)
    for (const user of account.users) await this.#applyUser(accountId, user)
    for (const accessKey of account.rootAccessKeys) await this.#accessKeys.apply({ accountId }, accessKey)
    for (const { service, accessKeys } of account.services) {
      for (const accessKey of accessKeys) await this.#accessKeys.apply({ accountId, service }, accessKey)
    }
  }

  async #applyManagedPolicy(accountId: string, seed: SeedManagedPolicy): Promise<void> {
    const { writer, now, reconciler } = this.#work
    const { at, policyName, path, description, document } = seed
    const found = await writer.policies.find(accountId, policyName)
    checkCase(at, found?.policyName, policyName)
    if (found === undefined) {
      const policyId = generatePolicyId()
      const ids = { accountId, policyName, policyId, createdAt: now }
      await writer.policies.insert(newManagedPolicy({ ...ids, path, description, document }))
    } else if (found.path !== path || found.description !== description) {
      throw at.error(`(${policyName}) ${fixed('policy', 'path or description')}`)
    }
    await reconciler.reconcile({
      entry: `policy/${accountId}/${policyName}`,
      at,
      name: policyName,
      wanted: document,
      actual: found === undefined ? document : defaultDocument(found),
      apply: async () => {
        if (found !== undefined) await writer.policies.update(withDocument(found, document, now))
      },
      conflict: `has a different document than the existing policy; ${remedy}`,
    })
  }

  async #applyGroup(accountId: string, seed: SeedGroup): Promise<void> {
    const { writer, now, reconciler } = this.#work
    const { at, ...wanted } = seed
    const found = await writer.groups.find(accountId, seed.groupName)
    checkCase(at, found?.groupName, seed.groupName)
    await this.#checkPolicies(accountId, at, seed.attachedPolicyArns)
    const ids = found ?? { accountId, groupId: generateGroupId(), createdAt: now }
    const group: Group = newGroup({ ...ids, ...wanted })
    if (found === undefined) await writer.groups.insert(group)
    await reconciler.reconcile({
      entry: `group/${accountId}/${seed.groupName}`,
      at,
      name: seed.groupName,
      wanted: groupText(group),
      actual: groupText(found ?? group),
      apply: () => writer.groups.update(group),
      conflict: `has different policies or a different path than the existing group; ${remedy}`,
    })
  }

  async #applyRole(accountId: string, seed: SeedRole): Promise<void> {
    const { writer, now, reconciler } = this.#work
    const { at, ...wanted } = seed
    const found = await writer.roles.find(accountId, seed.roleName)
    checkCase(at, found?.roleName, seed.roleName)
    await this.#checkPolicies(accountId, at, policyArnsOf(seed))
    if (found !== undefined && found.path !== seed.path) {
      throw at.error(`(${seed.roleName}) ${fixed('role', 'path')}`)
    }
    const ids = found ?? { accountId, roleId: generateRoleId(), createdAt: now }
    const role: Role = newRole({ ...ids, ...wanted })
    if (found === undefined) await writer.roles.insert(role)
    await reconciler.reconcile({
      entry: `role/${accountId}/${seed.roleName}`,
      at,
      name: seed.roleName,
      wanted: roleText(role),
      actual: roleText(found ?? role),
      apply: () => writer.roles.update(role),
      conflict: `differs from the existing role; ${remedy}`,
    })
  }

  async #applyUser(accountId: string, seed: SeedUser): Promise<void> {
    const { writer, now, reconciler } = this.#work
    const { at, accessKeys, ...wanted } = seed
    const { userName } = seed
    const found = await writer.users.find(accountId, userName)
    checkCase(at, found?.userName, userName)
    await this.#checkPolicies(accountId, at, policyArnsOf(seed))
    const groupNames = await this.#findGroups(accountId, seed)
    const ids = found ?? { accountId, userId: generateUserId(), createdAt: now }
    const user: User = newUser({ ...ids, ...wanted, groupNames })
    if (found === undefined) await writer.users.insert(user)
    await reconciler.reconcile({
      entry: `user/${accountId}/${userName}`,
      at,
      name: userName,
      wanted: userText(user),
      actual: userText(found ?? user),
      apply: () => writer.users.update(user),
      conflict: `differs from the existing user in its policies, groups, boundary, tags or path; ${remedy}`,
    })
    for (const accessKey of accessKeys) await this.#accessKeys.apply({ accountId, userName }, accessKey)
  }

  /** The names of the user's groups, in the case in which the groups were created. Throws OperatorError. */
  async #findGroups(accountId: string, { at, userName, groupNames }: SeedUser): Promise<string[]> {
    const names = new Set<string>()
    for (const groupName of groupNames) {
      const group = await this.#work.writer.groups.find(accountId, groupName)
      if (group === undefined) {
        throw at.error(
          `(${userName}) is in ${groupName}, and there is no such group; add it to the account's groups`,
        )
      }
      names.add(group.groupName)
    }
    return [...names]
  }

  async #checkPolicies(accountId: string, at: Located, arns: readonly string[]): Promise<void> {
    for (const arn of arns) {
      if (awsManagedPolicies.has(arn)) continue
      const policy = await this.#work.writer.policies.find(accountId, arn.slice(arn.lastIndexOf('/') + 1))
      if (policy !== undefined && policyArn(accountId, policy.policyName, policy.path) === arn) continue
      throw at.error(
        `names ${arn}, and the account has no such policy; add it to the account's managedPolicies`,
      )
    }
  }
}

const policyArnsOf = ({ attachedPolicyArns, boundaryArn }: SeedUser | SeedRole) =>
  boundaryArn === undefined ? attachedPolicyArns : [...attachedPolicyArns, boundaryArn]

/** IAM user guide, "IAM identifiers": names are unique without regard to case. */
function checkCase(at: Located, found: string | undefined, name: string): void {
  if (found === undefined || found === name) return
  throw at.error(
    `(${name}) differs only in case from the existing name ${found}; use that name or a different one`,
  )
}

const fixed = (kind: string, properties: string) =>
  `differs from the existing ${kind} in its ${properties}, which cannot change; give it a different name`
