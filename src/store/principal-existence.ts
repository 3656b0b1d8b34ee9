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
 * Whether a principal that a policy or grant names may be one. Users and roles of accounts that are here must be here too,
 * with their paths; of those of other accounts nothing is known. An id stands for one that is gone.
 */
export async function mayBePrincipal(reader: Reader, text: string): Promise<boolean> {
  if (isPrincipalId(text)) return false
  const { accountId = '', arn = '' } = parsePrincipalArn(text) ?? {}
  const userName = findUserName(arn)
  const roleName = findRoleName(arn)
  if (userName === undefined && roleName === undefined) return true
  if (!(await reader.hasAccount(accountId))) return true
  if (userName !== undefined) {
    const user = await reader.findUser(accountId, userName)
    return user !== undefined && userArn(accountId, user.userName, user.path) === arn
  }
  const role = roleName === undefined ? undefined : await reader.findRole(accountId, roleName)
  return role !== undefined && roleArn(accountId, role.roleName, role.path) === arn
}

/**
 * As `mayBePrincipal`, for grants: a session must have a role that is here, though nobody may have assumed it yet (recorded
 * from AWS).
 */
export async function mayBeGrantParty(reader: Reader, arn: string): Promise<boolean> {
  const roleName = findRoleNameOfSession(arn)
  if (roleName === undefined) return await mayBePrincipal(reader, arn)
  const { accountId = '' } = parsePrincipalArn(arn) ?? {}
  if (!(await reader.hasAccount(accountId))) return true
  return (await reader.findRole(accountId, roleName))?.roleName === roleName
}
