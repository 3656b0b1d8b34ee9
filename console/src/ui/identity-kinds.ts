import type { PageName } from '../route/routes.ts'
import type { CallOptions } from '../wire/call.ts'
import { everyPage } from '../wire/every-page.ts'
import { iam } from '../wire/iam/lists.ts'
import type { IdentityKind } from '../wire/iam/policies.ts'

/** A user, a group or a role in a list. */
export interface Identity {
  readonly name: string
  readonly path: string
  readonly arn: string
  readonly createdAt: Date | undefined
}

interface KindFacts {
  readonly kind: IdentityKind
  readonly one: string
  readonly many: string
  readonly list: PageName
  readonly page: PageName
  /** The operation that lists all. */
  readonly operation: string
  readonly readAll: (input: object, options?: CallOptions) => Promise<Identity[]>
}

type Entry = {
  readonly Path?: string | undefined
  readonly Arn?: string | undefined
  readonly CreateDate?: Date | undefined
}

const identity = (name: string | undefined, { Path = '/', Arn = '', CreateDate }: Entry): Identity => ({
  ...{ name: name ?? '', path: Path, arn: Arn, createdAt: CreateDate },
})

/** The kinds of identities, each with its pages and its list. */
export const identityKinds: Readonly<Record<IdentityKind, KindFacts>> = {
  User: {
    ...{ kind: 'User', one: 'user', many: 'Users', list: 'users', page: 'user', operation: 'ListUsers' },
    readAll: (_input, options) =>
      everyPage(async Marker => {
        const { Users = [], Marker: next } = await iam.listUsers({ Marker, MaxItems: 1000 }, options)
        return { items: Users.map(user => identity(user.UserName, user)), next }
      }),
  },
  Group: {
    ...{
      kind: 'Group',
      one: 'group',
      many: 'Groups',
      list: 'groups',
      page: 'group',
      operation: 'ListGroups',
    },
    readAll: (_input, options) =>
      everyPage(async Marker => {
        const { Groups = [], Marker: next } = await iam.listGroups({ Marker, MaxItems: 1000 }, options)
        return { items: Groups.map(group => identity(group.GroupName, group)), next }
      }),
  },
  Role: {
    ...{ kind: 'Role', one: 'role', many: 'Roles', list: 'roles', page: 'role', operation: 'ListRoles' },
    readAll: (_input, options) =>
      everyPage(async Marker => {
        const { Roles = [], Marker: next } = await iam.listRoles({ Marker, MaxItems: 1000 }, options)
        return { items: Roles.map(role => identity(role.RoleName, role)), next }
      }),
  },
}

/** The kind that a page is about. */
export function kindOf(page: PageName): KindFacts {
  const found = Object.values(identityKinds).find(kind => kind.list === page || kind.page === page)
  if (found === undefined) throw new Error(`The page ${page} is about no identity.`)
  return found
}
