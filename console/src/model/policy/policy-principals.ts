/** A principal of a key policy, as a table shows it. */
export interface PolicyPrincipal {
  /** The text in the policy. */
  readonly id: string
  readonly name: string
  readonly path: string
  readonly type: string
  readonly isDeleted: boolean
}

/**
 * A principal by its text in a key policy. A policy names a deleted user or role by its unique id (IAM user guide, "IAM identifiers"), and
 * is refused with it when it is saved.
 */
export function policyPrincipal(id: string): PolicyPrincipal {
  if (id.startsWith('AIDA')) return { id, name: id, path: '', type: 'Deleted user', isDeleted: true }
  if (id.startsWith('AROA')) return { id, name: id, path: '', type: 'Deleted role', isDeleted: true }
  const [, kind = '', path = '/', name = id] =
    /^arn:[\w-]+:\w+::\d{12}:([\w-]+)(\/(?:.*\/)?)?(.*)$/.exec(id) ?? []
  const type = types[kind] ?? 'Other'
  return { id, type, isDeleted: false, name: name === '' ? kind : name, path: kind === 'root' ? '' : path }
}

const types: Readonly<Record<string, string>> = {
  user: 'User',
  role: 'Role',
  root: 'Account',
  'assumed-role': 'Role session',
  'federated-user': 'Federated user',
}
