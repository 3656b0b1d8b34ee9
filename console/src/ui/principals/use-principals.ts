import { useCall } from '../../wire/use-call.ts'
import { type Identity, identityKinds } from '../identity-kinds.ts'

/** A user or a role that a key policy can name. */
export interface Principal extends Identity {
  readonly type: 'User' | 'Role'
}

/** The users and roles of the account. One of the lists can be refused while the other is there. */
export function usePrincipals() {
  const { User, Role } = identityKinds
  const lists = [
    { type: 'User' as const, query: useCall(User.operation, User.readAll, {}), action: 'iam:ListUsers' },
    { type: 'Role' as const, query: useCall(Role.operation, Role.readAll, {}), action: 'iam:ListRoles' },
  ]
  return {
    principals: lists.flatMap(({ type, query: { data = [] } }) =>
      data.map((identity): Principal => ({ ...identity, type })),
    ),
    isLoading: lists.some(({ query }) => query.isPending),
    refused: lists.filter(({ query }) => query.error !== null),
  }
}
