import {
  findRoleName,
  findRoleNameOfSession,
  findUserName,
  isPrincipalId,
  parsePrincipalArn,
  roleArn,
  userArn,
} from '../domain/index.ts'
import type { Reader } from './contract/store.ts'

/**
 * Whether a principal that a policy or grant names can exist. A user or role of an account of this server must exist here,
 * with its path; nothing is known of the users and roles of other accounts. An id names a deleted principal.
 */
export async function mayBePrincipal(reader: Reader, text: string): Promise<boolean> {
  if (isPrincipalId(text)) return false
  const { accountId = '', arn = '' } = parsePrincipalArn(text) ?? {}
  const userName = findUserName(arn)
  const roleName = findRoleName(arn)
  if (userName === undefined && roleName === undefined) return true
  if (!(await reader.accounts.has(accountId))) return true
  if (userName !== undefined) {
    const user = await reader.users.find(accountId, userName)
    return user !== undefined && userArn(accountId, user.userName, user.path) === arn
  }
  const role = roleName === undefined ? undefined : await reader.roles.find(accountId, roleName)
  return role !== undefined && roleArn(accountId, role.roleName, role.path) === arn
}

/**
 * As `mayBePrincipal`, for the parties of grants: a session needs a role that exists here, although nobody may have assumed
 * it yet (recorded from AWS).
 */
export async function mayBeGrantParty(reader: Reader, arn: string): Promise<boolean> {
  const roleName = findRoleNameOfSession(arn)
  if (roleName === undefined) return await mayBePrincipal(reader, arn)
  const { accountId = '' } = parsePrincipalArn(arn) ?? {}
  if (!(await reader.accounts.has(accountId))) return true
  return (await reader.roles.find(accountId, roleName))?.roleName === roleName
}
