import { everyPage } from '../../wire/every-page.ts'
import { iam } from '../../wire/iam/lists.ts'
import { useCall } from '../../wire/use-call.ts'

/** A user or a role that a key policy can name. */
export interface Principal {
  readonly arn: string
  readonly name: string
  readonly path: string
  readonly type: 'User' | 'Role'
}

type Options = Parameters<typeof iam.listUsers>[1]

const allUsers = (input: object, options: Options) =>
  everyPage(async marker => {
    const { Users = [], Marker } = await iam.listUsers({ ...input, Marker: marker, MaxItems: 1000 }, options)
    const items = Users.map(({ Arn = '', UserName = '', Path = '/' }): Principal => {
      return { arn: Arn, name: UserName, path: Path, type: 'User' }
    })
    return { items, next: Marker }
  })

const allRoles = (input: object, options: Options) =>
  everyPage(async marker => {
    const { Roles = [], Marker } = await iam.listRoles({ ...input, Marker: marker, MaxItems: 1000 }, options)
    const items = Roles.map(({ Arn = '', RoleName = '', Path = '/' }): Principal => {
      return { arn: Arn, name: RoleName, path: Path, type: 'Role' }
    })
    return { items, next: Marker }
  })

/** The lists are long and seldom change, so that going back and forth in the wizard reads them once. */
const nothing = {}

/** The users and roles of the account. One of the lists can be refused while the other is there. */
export function usePrincipals() {
  const users = useCall('ListUsers', allUsers, nothing)
  const roles = useCall('ListRoles', allRoles, nothing)
  const refused = [
    { query: users, action: 'iam:ListUsers' },
    { query: roles, action: 'iam:ListRoles' },
  ].filter(({ query }) => query.error !== null)
  return {
    principals: [...(users.data ?? []), ...(roles.data ?? [])],
    isLoading: users.isPending || roles.isPending,
    refused,
  }
}
